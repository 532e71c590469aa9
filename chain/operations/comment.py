"""A post, a reply, or an edit of either (protocol.md §5.1)."""

from chain.authority import Authorities
from chain.checks import check_not_empty, check_optional_json, check_size, check_utf8
from chain.fields import AccountName
from chain.operation import Operation, operation
from chain.params import Params
from chain.types import check_account_name, check_permlink


@operation(1)
class Comment(Operation):
    """Publishes content under (author, permlink). With an empty `parent_author` it is a root post and `parent_permlink` its category.

    Signed by the author's posting authority (§5.1).
    """

    parent_author: AccountName
    parent_permlink: str
    author: AccountName
    permlink: str
    title: str
    body: str
    json_metadata: str

    def validate(self, params: Params, /) -> None:
        check_size(self.title, params.title_bytes_max, "title")
        check_utf8(self.title, "title")
        check_not_empty(self.body, "body")
        check_utf8(self.body, "body")
        if self.parent_author:
            check_account_name(self.parent_author)
        check_account_name(self.author)
        check_permlink(self.parent_permlink)
        check_permlink(self.permlink)
        check_optional_json(self.json_metadata, "json_metadata")

    def authorities(self) -> Authorities:
        return Authorities(posting=(self.author,))
