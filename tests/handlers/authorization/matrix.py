"""What each operation answers to whom, over every route of its own and as a command.

A line is an operation, what it is given (world.py), and the outcome for each role. The owner blocks
`blocked`, mutes `muted`; those two, `unverified` and `suspended` are in the owner's group, of which
`muted` is an admin; `former` has left it and is invited again; `admin` and `other` never were in.
Groups come last: they take many new people, and a list of everybody is read but for its first page.

sees: it succeeds, and its answer tells of the owner; ok: it succeeds without doing so; else the
status. Sockets are refused to `anonymous` and `suspended`, so theirs is what REST answers. What
personal access tokens get follows from the operations' scopes, and is not written here.
"""

from dataclasses import dataclass

TABLE = """
# operation              given              anony owner other block muted forme suspe unver admin
user.register            account               ok    ok    ok    ok    ok    ok    ok    ok    ok
session.open             own_password         401    ok    ok    ok    ok    ok   403    ok    ok
session.rotate           own_refresh          401    ok    ok    ok    ok    ok   401    ok    ok
session.revoke           refresh_of_owner     401    ok   403   403   403   403   401   403   403
session.list             all_of_it            401    ok    ok    ok    ok    ok   401    ok    ok
session.end              session_of_owner     401    ok   404   404   404   404   401   404   404
session.refresh          access_of_owner      401    ok   403   403   403   403   401   403   403
token.create             new_token            401   422   422   422   422   422   401   422   422
token.list               all_of_it            401    ok    ok    ok    ok    ok   401    ok    ok
token.revoke             token_of_owner       401    ok   404   404   404   404   401   404   404
bot.create               new_bot              401    ok    ok    ok    ok    ok   401    ok    ok
bot.list                 all_of_it            401    ok    ok    ok    ok    ok   401    ok    ok
bot.delete               bot_of_owner         401    ok   404   404   404   404   401   404   404
token.create             token_of_bot         401    ok   404   404   404   404   401   404   404
user.me                  nothing              401  sees    ok    ok    ok    ok   401    ok    ok
user.configure           own_settings         401  sees    ok    ok    ok    ok   401    ok    ok
user.export              nothing              401  sees  sees  sees  sees  sees   401  sees  sees
user.delete              wrong_password       401   422   422   422   422   422   401   422   422
password.change          new_password         401   422   422   422   422   422   401   422   422
password.ask_for_reset   address               ok    ok    ok    ok    ok    ok    ok    ok    ok
password.reset           wrong_reset          422   422   422   422   422   422   422   422   422
email.verify             wrong_link           422   422   422   422   422   422   422   422   422
email.verify_again       nothing              401    ok    ok    ok    ok    ok   401    ok    ok
email.change             new_email            401   422   422   422   422   422   401   422   422
email.cancel_change      nothing              401  sees    ok    ok    ok    ok   401    ok    ok
email.confirm_change     wrong_link           422   422   422   422   422   422   422   422   422
second_factor.get        nothing              401    ok    ok    ok    ok    ok   401    ok    ok
second_factor.begin      only_wrong_password  401   422   422   422   422   422   401   422   422
second_factor.confirm    code                 401   422   422   422   422   422   401   422   422
second_factor.recovery_codes password_and_code 401   422   422   422   422   422   401   422   422
second_factor.end        password_and_code    401   422   422   422   422   422   401   422   422
user.rename              own_name             401  sees    ok    ok    ok    ok   401    ok    ok
email.unsubscribe        wrong_link           422   422   422   422   422   422   422   422   422

muted_word.list          nothing              401    ok    ok    ok    ok    ok   401    ok    ok
muted_word.add           new_word             401  sees  sees  sees  sees  sees   401  sees  sees
muted_word.update        word_of_owner        401  sees   404   404   404   404   401   404   404
muted_word.remove        word_of_owner_gone   401    ok   404   404   404   404   401   404   404

notification.list        all_of_it            401    ok  sees    ok  sees  sees   401  sees  sees
notification.unread_count nothing              401    ok    ok    ok    ok    ok   401    ok    ok
notification.read_one    notification         401    ok   404   404   404   404   401   404   404
notification.read        notifications        401    ok   404   404   404   404   401   404   404
push.get                 nothing              401    ok    ok    ok    ok    ok   401    ok    ok
push.subscribe           subscription         401    ok    ok    ok    ok    ok   401    ok    ok
push.unsubscribe         nothing              401    ok    ok    ok    ok    ok   401    ok    ok
webhook.create           webhook_wanted       401    ok    ok    ok    ok    ok   401    ok    ok
webhook.list             all_of_it            401    ok    ok    ok    ok    ok   401    ok    ok
webhook.get              webhook              401  sees   404   404   404   404   401   404   404
webhook.update           webhook_changed      401  sees   404   404   404   404   401   404   404
webhook.rotate_secret    webhook              401  sees   404   404   404   404   401   404   404
webhook.test             webhook              401    ok   404   404   404   404   401   404   404
webhook.deliveries       webhook              401    ok   404   404   404   404   401   404   404
webhook.redeliver        delivery             401    ok   404   404   404   404   401   404   404
incoming_webhook.create  incoming_wanted      401    ok    ok    ok    ok    ok   401    ok    ok
incoming_webhook.create  incoming_of_owner    401    ok   404    ok    ok   404   401    ok   404
incoming_webhook.list    all_of_it            401    ok    ok    ok    ok    ok   401    ok    ok
incoming_webhook.revoke  incoming             401    ok   404   404   404   404   401   404   404
incoming_webhook.receive incoming_url          ok    ok    ok    ok    ok    ok    ok    ok    ok
webhook.delete           webhook              401    ok   404   404   404   404   401   404   404

bookmark.list            all_of_it            401    ok  sees    ok  sees  sees   401  sees  sees
feed.list                all_of_it            401  sees  sees    ok  sees  sees   401  sees  sees

media.upload             nothing              401   422   422   422   422   422   401   422   422
media.get                picture              401  sees   404   404   404   404   401   404   404
media.update             description          401  sees   404   404   404   404   401   404   404

post.create              reply                401  sees  sees   403  sees  sees   401  sees  sees
post.create              quote                401  sees  sees   403  sees  sees   401  sees  sees
post.list                all_of_it           sees  sees  sees    ok  sees  sees   401  sees  sees
post.get                 post                sees  sees  sees   404  sees  sees   401  sees  sees
post.replies             post                sees  sees  sees   404  sees  sees   401  sees  sees
post.replies             liked_by_owner      sees  sees  sees    ok  sees  sees   401  sees  sees
post.thread              post                sees  sees  sees   404  sees  sees   401  sees  sees
post.thread              liked_by_owner      sees  sees  sees    ok  sees  sees   401  sees  sees
post.history             post                sees  sees  sees   404  sees  sees   401  sees  sees
post.likes               post                  ok    ok    ok   404    ok    ok   401    ok    ok
post.likes               liked_by_owner      sees  sees  sees    ok  sees  sees   401  sees  sees
post.retweets            post                  ok    ok    ok   404    ok    ok   401    ok    ok
post.retweets            liked_by_owner      sees  sees  sees    ok  sees  sees   401  sees  sees
post.like                post                 401  sees  sees   403  sees  sees   401  sees  sees
post.unlike              post                 401  sees  sees   404  sees  sees   401  sees  sees
post.retweet             post                 401  sees  sees   403  sees  sees   401  sees  sees
post.unretweet           post                 401  sees  sees   404  sees  sees   401  sees  sees
post.bookmark            post                 401  sees  sees   404  sees  sees   401  sees  sees
post.unbookmark          post                 401  sees  sees   404  sees  sees   401  sees  sees
post.quotes              liked_by_owner      sees  sees  sees    ok  sees  sees   401  sees  sees
post.revoke_quote        quote_of_owner       401    ok   403   403   403   403   401   403   403
post.pin                 post                 401  sees   403   404   403   403   401   403   403
post.unpin               post                 401  sees  sees   404  sees  sees   401  sees  sees
poll.vote                poll_choice          401   422  sees   403  sees  sees   401  sees  sees
post.watch               posts                401    ok    ok   404    ok    ok   401    ok    ok
post.unwatch             posts                401    ok    ok    ok    ok    ok   401    ok    ok
post.update              post_changed         401  sees   403   403   403   403   401   403   403
post.delete              new_post             401    ok   403   403   403   403   401   403    ok
search                   searched            sees  sees  sees    ok  sees  sees   401  sees  sees
hashtag.trending         all_of_it             ok    ok    ok    ok    ok    ok   401    ok    ok

conversation.create      direct_wanted        401   422  sees   403  sees  sees   401  sees  sees
conversation.list        all_of_it            401  sees  sees  sees  sees  sees   401  sees  sees
conversation.get         group                401  sees   404  sees  sees   404   401  sees   404
conversation.update      group_renamed        401  sees   404  sees  sees   404   401  sees   404
conversation.update      group_settings       401  sees   404   403  sees   404   401   403   404
conversation.read        group_read           401    ok   404    ok    ok   404   401    ok   404
message.search           said_words           401  sees    ok  sees  sees    ok   401  sees    ok
message.list             group                401  sees   404  sees  sees   404   401  sees   404
message.send             group_said           401  sees   404    ok    ok   404   401    ok   404
message.send             direct               401  sees    ok   403    ok    ok   401    ok    ok
message.unread_count     nothing              401    ok    ok    ok    ok    ok   401    ok    ok
message.update           message_changed      401  sees   404   403   403   404   401   403   404
message.delete           new_message          401    ok   404   403   403   404   401   403   404
message.pin              message              401  sees   404  sees  sees   404   401  sees   404
pin.list                 group                401  sees   404  sees  sees   404   401  sees   404
message.unpin            message              401  sees   404  sees  sees   404   401  sees   404
message.react            reaction             401  sees   404   403  sees   404   401  sees   404
reaction.list            message              401  sees   404  sees  sees   404   401  sees   404
message.unreact          reaction             401  sees   404  sees  sees   404   401  sees   404
stream.subscribe         stream               401    ok    ok    ok    ok    ok   401    ok    ok
stream.unsubscribe       stream               401    ok    ok    ok    ok    ok   401    ok    ok
typing                   group_typing         401    ok   404    ok    ok   404   401    ok   404

report.create            reported_user        401   404    ok    ok    ok    ok   401    ok    ok
report.create            reported_post        401  sees    ok    ok    ok    ok   401    ok    ok
report.create            reported_message     401  sees   404    ok    ok   404   401    ok   404

user.get                 owner               sees  sees  sees  sees  sees  sees   401  sees  sees
user.followers           owner                 ok    ok    ok    ok    ok    ok   401    ok    ok
user.posts               owner               sees  sees  sees    ok  sees  sees   401  sees  sees
user.followers           other               sees  sees  sees    ok  sees  sees   401  sees  sees
user.following           owner                 ok    ok    ok    ok    ok    ok   401    ok    ok
user.following           other               sees  sees  sees    ok  sees  sees   401  sees  sees
profile.list             all_of_it           sees  sees  sees    ok  sees  sees   401  sees  sees
profile.get              owner               sees  sees  sees  sees  sees  sees   401  sees  sees
profile.lookup           owner_name          sees  sees  sees  sees  sees  sees   401  sees  sees
profile.mine             nothing              401  sees    ok    ok    ok    ok   401    ok    ok
profile.update           own_profile          401  sees    ok    ok    ok    ok   401    ok    ok
presence.watch           owner_watched        401  sees  sees    ok  sees  sees   401  sees  sees
block.list               all_of_it            401    ok    ok    ok    ok    ok   401    ok    ok
mute.list                all_of_it            401    ok    ok    ok    ok    ok   401    ok    ok
user.mute                owner                401   422  sees  sees  sees  sees   401  sees  sees
user.unmute              owner                401  sees  sees  sees  sees  sees   401  sees  sees
user.follow              owner                401   422  sees   403  sees  sees   401  sees  sees
user.unfollow            owner                401  sees  sees  sees  sees  sees   401  sees  sees
user.block               owner                401   422  sees  sees  sees  sees   401  sees  sees
user.unblock             owner                401  sees  sees  sees  sees  sees   401  sees  sees

admin.user.list          all_of_it            401   403   403   403   403   403   401   403  sees
admin.user.suspend       somebody_new         401   403   403   403   403   403   401   403    ok
admin.user.restore       somebody_new         401   403   403   403   403   403   401   403    ok
admin.user.make_admin    somebody_new         401   403   403   403   403   403   401   403    ok
admin.user.revoke_admin  somebody_new         401   403   403   403   403   403   401   403    ok
admin.report.list        all_of_it            401   403   403   403   403   403   401   403  sees
admin.report.close       open_report          401   403   403   403   403   403   401   403    ok
admin.audit.list         all_of_it            401   403   403   403   403   403   401   403    ok

conversation.set_role    member_promoted      401  sees   404   403   403   404   401   403   404
conversation.set_role    own_role             401  sees   404   403   403   404   401   403   404
conversation.remove      new_member           401  sees   404   403  sees   404   401   403   404
conversation.remove      new_group_admin      401  sees   404   403   403   404   401   403   404
conversation.ban         new_member           401  sees   404   403  sees   404   401   403   404
conversation.ban         new_group_admin      401  sees   404   403   403   404   401   403   404
conversation.unban       new_banned           401  sees   404   403  sees   404   401   403   404
conversation.bans        group                401    ok   404   403    ok   404   401   403   404
message_request.list     all_of_it            401    ok    ok    ok    ok    ok   401    ok    ok
message_request.unread_count nothing          401    ok    ok    ok    ok    ok   401    ok    ok
message_request.accept   owner_requested      401  sees   404   404   404   404   401   404   404
message_request.decline  owner_requested      401    ok   404   404   404   404   401   404   404
invitation.list          all_of_it            401    ok    ok    ok    ok  sees   401    ok    ok
invitation.accept        owner_invited        401  sees   404   404   404   404   401   404   404
invitation.decline       owner_invited        401    ok   404   404   404   404   401   404   404
conversation.invitations group                401  sees   404  sees  sees   404   401  sees   404
conversation.uninvite    invited_by_owner     401    ok   404   403    ok   404   401   403   404
conversation.uninvite    invited_by_member    401    ok   404   403    ok   404   401    ok   404
conversation.join_requests group_asked        401  sees   404   403  sees   404   401   403   404
conversation.approve     asking               401  sees   404   403  sees   404   401   403   404
conversation.refuse      asking               401  sees   404   403  sees   404   401   403   404
group_link.list          group                401  sees   404   403  sees   404   401   403   404
group_link.create        group                401  sees   404   403    ok   404   401   403   404
group_link.revoke        new_link             401    ok   404   403    ok   404   401   403   404
group_link.preview       link                  ok    ok    ok   404    ok    ok   401    ok    ok
group_link.preview       link_when_banned      ok    ok   403   404   403   403   401   403   403
group_link.join          link_to_join         401  sees  sees   404  sees  sees   401  sees  sees
group_link.join          link_to_ask          401  sees    ok   404    ok    ok   401    ok    ok
group_link.join          link_when_banned     401  sees   403   404   403   403   401   403   403
"""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    operation: str
    given: str
    outcomes: list[str]


def _row(line: str) -> Row:
    operation, given, *outcomes = line.split()
    return Row(operation, given, outcomes)


MATRIX = [_row(line) for line in TABLE.splitlines() if line and not line.startswith("#")]
