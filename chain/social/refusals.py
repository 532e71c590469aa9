"""What the social state refuses, a class for each reason. The actor finds the sentence among his notifications."""

from chain.errors import SocialRefusal


class PayloadInvalid(SocialRefusal):
    code = "social_payload_invalid"
    text = "{reason}"


class AccountUnknown(SocialRefusal):
    code = "social_account_unknown"
    text = "account '{account}' does not exist"


class ListFull(SocialRefusal):
    code = "social_list_full"
    text = "this list holds at most {max} accounts"


class CommunityUnknown(SocialRefusal):
    code = "community_unknown"
    text = "Community '{community}' does not exist"


class AlreadySubscribed(SocialRefusal):
    code = "already_subscribed"
    text = "already subscribed"


class NotSubscribed(SocialRefusal):
    code = "not_subscribed"
    text = "already unsubscribed"


class TooManySubscriptions(SocialRefusal):
    code = "too_many_subscriptions"
    text = "an account subscribes to at most {max} communities"


class NeedsModerator(SocialRefusal):
    code = "needs_moderator"
    text = "only mods and above can {what}"


class NeedsAdmin(SocialRefusal):
    code = "needs_admin"
    text = "only admins can update props"


class RoleTooHigh(SocialRefusal):
    code = "role_too_high"
    text = "cannot promote to or above own rank"


class OwnerStays(SocialRefusal):
    code = "owner_stays"
    text = "cant modify owner role"


class Outranked(SocialRefusal):
    code = "outranked"
    text = "cant modify a user with a higher role"


class RoleUnchanged(SocialRefusal):
    code = "role_unchanged"
    text = "role would not change"


class TeamFull(SocialRefusal):
    code = "team_full"
    text = "moderator limit exceeded: a team has at most {max}"


class PostUnknown(SocialRefusal):
    code = "social_post_unknown"
    text = "post does not exist: {author}/{permlink}"


class PostNotInCommunity(SocialRefusal):
    code = "post_not_in_community"
    text = "post does not belong to community {community}"


class AlreadyMuted(SocialRefusal):
    code = "post_already_muted"
    text = "post is already muted"


class NotMuted(SocialRefusal):
    code = "post_not_muted"
    text = "post is not muted"


class ParentMuted(SocialRefusal):
    code = "parent_post_muted"
    text = "parent post is muted"


class AlreadyPinned(SocialRefusal):
    code = "post_already_pinned"
    text = "post is already pinned"


class NotPinned(SocialRefusal):
    code = "post_not_pinned"
    text = "post is not pinned"


class MutedCannotFlag(SocialRefusal):
    code = "muted_cannot_flag"
    text = "muted users cannot flag posts"


class AlreadyFlagged(SocialRefusal):
    code = "post_already_flagged"
    text = "user already flagged this post"
