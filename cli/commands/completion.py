"""`skald completion`: the script that completes commands with the tab key."""

import click
from click.shell_completion import get_completion_class

WHERE = {
    "bash": 'eval "$(skald completion bash)"   in ~/.bashrc',
    "zsh": 'eval "$(skald completion zsh)"   in ~/.zshrc',
    "fish": "skald completion fish > ~/.config/fish/completions/skald.fish",
}


@click.command(epilog="\b\n" + "\n".join(WHERE.values()))
@click.argument("shell", type=click.Choice(list(WHERE)))
def completion(shell: str) -> None:
    """Print the script for completion by the tab key."""
    from cli.main import skald

    script_class = get_completion_class(shell)
    assert script_class is not None
    click.echo(script_class(skald, {}, "skald", "_SKALD_COMPLETE").source())
