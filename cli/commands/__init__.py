"""One file per subject of the command line; `cli.main` says which command lives where."""
