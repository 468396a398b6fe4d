// Made from the server's two API documents by `make clients`: not to be edited.

export interface Page<Item> {
  results: Item[];
  /** The cursor of the following page. */
  next: string | null;
}

/** A user as admins see them. */
export interface Account {
  id: number;
  username: string;
  display_name: string;
  email: string;
  is_admin: boolean;
  email_verified_at: string | null;
  suspended_at: string | null;
  last_seen_at: string | null;
  created_at: string;
}

/** A report as admins see it; reported is null when it is about a user. */
export interface AdminReport {
  id: number;
  reporter: UserRef;
  user_id: number | null;
  post_id: number | null;
  message_id: number | null;
  reason: string;
  status: "open" | "resolved" | "dismissed";
  created_at: string;
  resolved_at: string | null;
  reported: Reported | null;
}

/** An action of an admin; detail is the JSON of what more there is to say. */
export interface AuditEntry {
  id: number;
  admin: UserRef | null;
  action: string;
  target_kind: string;
  target_id: number;
  detail: string;
  created_at: string;
}

/** A conversation as one participant sees it: unread_count is theirs.

read_up_to: how far each participant has read; who has read nothing is not in it. roles: of a group, its owner first; who is not in it is a member. is_request: it waits among the requests of the one who sees it. pinned_count: how many pinned messages they see. */
export interface Conversation {
  id: number;
  kind: "direct" | "group";
  title: string | null;
  participants: UserRef[];
  last_message: Message | null;
  unread_count: number;
  created_at: string;
  updated_at: string;
  read_up_to: ReadMark[];
  roles: ParticipantRole[];
  who_may_add: "members" | "admins";
  who_may_rename: "members" | "admins";
  is_request: boolean;
  who_may_pin: "members" | "admins";
  pinned_count: number;
}

/** To everybody in it when it begins; later, to those who are added. */
export interface ConversationCreated {
  conversation: Conversation;
}

/** A participant has read up to a message: to the other participants.

Neither from nor to who has switched read receipts off. */
export interface ConversationRead {
  conversation_id: number;
  user_id: number;
  up_to: number;
}

/** The same, to the reader's own sockets. */
export interface ConversationReadByMe {
  conversation_id: number;
  user_id: number;
  up_to: number;
  unread_count: number;
}

/** Its title or participants have changed; for who left it is the last of it. */
export interface ConversationUpdated {
  conversation: Conversation;
}

/** How often a post was liked, retweeted, replied to and quoted, and how its poll stands. */
export interface Counts {
  post_id: number;
  likes_count: number;
  retweets_count: number;
  replies_count: number;
  quotes_count: number;
  poll: Poll | null;
}

/** When the access token of a socket ends. */
export interface ExpiresAt {
  expires_at: string;
}

/** All of a user's data, oldest first but for conversations; images are at the URLs within.

Likes and votes stand in the order of their posts. */
export interface Export {
  exported_at: string;
  account: ExportedAccount;
  profile: Profile;
  posts: Post[];
  post_versions: ExportedPostVersion[];
  likes: ExportedReaction[];
  retweets: ExportedReaction[];
  bookmarks: ExportedReaction[];
  votes: ExportedVote[];
  following: ExportedRelationship[];
  followers: ExportedRelationship[];
  blocks: ExportedRelationship[];
  mutes: ExportedRelationship[];
  muted_words: MutedWord[];
  notifications: Notification[];
  sessions: ExportedSession[];
  personal_tokens: ExportedToken[];
  bots: ExportedBot[];
  reports: ExportedReport[];
  messages_in_groups_left: Message[];
  message_reactions: ExportedMessageReaction[];
  waiting_media: Media[];
  group_invitations: ExportedInvitation[];
  group_links: ExportedGroupLink[];
  webhooks: Webhook[];
  incoming_webhooks: IncomingWebhook[];
  conversations: ExportedConversation[];
}

/** The account; last_seen_at is when the last of its sockets closed. */
export interface ExportedAccount {
  id: number;
  username: string;
  display_name: string;
  avatar: string | null;
  bio: string;
  followers_count: number;
  following_count: number;
  posts_count: number;
  created_at: string;
  is_following: boolean;
  is_followed_by: boolean;
  blocked: boolean;
  muted: boolean;
  is_bot: boolean;
  email: string;
  pending_email: string | null;
  is_admin: boolean;
  unread_notifications: number;
  unread_messages: number;
  email_verified: boolean;
  digest_mails: boolean;
  who_may_add_me: "everybody" | "followed" | "nobody";
  who_may_write_to_me: "everybody" | "requests" | "followed" | "nobody";
  send_read_receipts: boolean;
  who_may_quote_me: "everybody" | "followers" | "nobody";
  has_muted_words: boolean;
  email_verified_at: string | null;
  last_seen_at: string | null;
  former_usernames: FormerUsername[];
}

/** A bot of the user's. */
export interface ExportedBot {
  user: UserRef;
  created_at: string;
}

/** A conversation with all its messages, the newest first. */
export interface ExportedConversation {
  id: number;
  kind: "direct" | "group";
  title: string | null;
  participants: UserRef[];
  last_message: Message | null;
  unread_count: number;
  created_at: string;
  updated_at: string;
  read_up_to: ReadMark[];
  roles: ParticipantRole[];
  who_may_add: "members" | "admins";
  who_may_rename: "members" | "admins";
  is_request: boolean;
  who_may_pin: "members" | "admins";
  pinned_count: number;
  messages: Message[];
}

/** A link into a group, by the user, without the token that lets people in. */
export interface ExportedGroupLink {
  id: number;
  conversation_id: number;
  name: string;
  needs_approval: boolean;
  max_uses: number | null;
  uses: number;
  expires_at: string | null;
  created_at: string;
}

/** A group that somebody wants the user back in; inviter null: that the user asks to join. */
export interface ExportedInvitation {
  conversation_id: number;
  inviter: UserRef | null;
  created_at: string;
}

/** A message that the user reacted to, how, and when. */
export interface ExportedMessageReaction {
  message_id: number;
  emoji: string;
  created_at: string;
}

/** What a post said before it was edited, and since when. */
export interface ExportedPostVersion {
  post_id: number;
  content: string;
  media: Media[];
  created_at: string;
}

/** A post that the user liked, retweeted or bookmarked, and when. */
export interface ExportedReaction {
  post_id: number;
  created_at: string;
}

/** A user whom this one follows, blocks or mutes, or is followed by, and since when. */
export interface ExportedRelationship {
  user: UserRef;
  created_at: string;
}

/** What the user reported; user_id is of whom, or of the author of the post or message. */
export interface ExportedReport {
  id: number;
  user_id: number | null;
  post_id: number | null;
  message_id: number | null;
  reason: string;
  status: string;
  created_at: string;
  resolved_at: string | null;
}

/** A session; ended_at is when it was revoked, null where it was not. */
export interface ExportedSession {
  id: number;
  created_at: string;
  last_used_at: string;
  expires_at: string;
  ended_at: string | null;
  user_agent: string;
  address: string | null;
}

/** A personal access token, without what it is; last_used_at is up to an hour behind. */
export interface ExportedToken {
  id: number;
  name: string;
  scopes: string[];
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  ended_at: string | null;
}

/** What the user chose in the poll of a post, by places from 0 on, and when. */
export interface ExportedVote {
  post_id: number;
  choices: number[];
  created_at: string;
}

/** Posts newer than feed_since, oldest first; more: there are further ones over REST. */
export interface Feed {
  posts: Post[];
  more: boolean;
  cursor: string;
}

/** What the account was called before, in lower case; for 30 days it leads to the account. */
export interface FormerUsername {
  username: string;
  given_up_at: string;
}

/** A link that lets whoever has its token into a group, or ask to join it.

uses: how many have joined by it. */
export interface GroupLink {
  id: number;
  conversation_id: number;
  token: string;
  name: string;
  creator: UserRef;
  needs_approval: boolean;
  max_uses: number | null;
  uses: number;
  expires_at: string | null;
  created_at: string;
}

/** What is told of a group to who has a link to it; joined: whether one is in it already. */
export interface GroupPreview {
  title: string | null;
  participants_count: number;
  needs_approval: boolean;
  joined: boolean;
}

/** A hashtag, without its #, and how many posts have it. */
export interface Hashtag {
  tag: string;
  posts_count: number;
}

/** A URL that posts as its account, or writes into a conversation; its token is not kept. */
export interface IncomingWebhook {
  id: number;
  name: string;
  conversation_id: number | null;
  last_used_at: string | null;
  created_at: string;
}

/** That somebody is asked into a group, to be in it only if they accept; id is its own. */
export interface Invitation {
  id: number;
  conversation_id: number;
  title: string | null;
  participants_count: number;
  user: UserRef;
  inviter: UserRef;
  created_at: string;
}

/** I am invited to a group. */
export interface InvitationCreated {
  invitation: Invitation;
}

/** An invitation of mine was answered, by one of my sockets or calls, or withdrawn. */
export interface InvitationEnded {
  conversation_id: number;
  outcome: "accepted" | "declined" | "withdrawn";
}

/** That somebody asks to join a group, by a link whose name this is; null: it is revoked. */
export interface JoinRequest {
  id: number;
  conversation_id: number;
  user: UserRef;
  link: string | null;
  created_at: string;
}

/** Somebody asks to join a group by a link: to its owner and its admins. */
export interface JoinRequestCreated {
  request: JoinRequest;
}

/** A request to join a group waits no longer: to its owner and its admins. */
export interface JoinRequestEnded {
  conversation_id: number;
  user_id: number;
  outcome: "approved" | "refused" | "withdrawn";
}

/** What came of a link: conversation is null while an admin is asked. */
export interface Joining {
  status: "joined" | "requested";
  conversation: Conversation | null;
}

/** Which mails a user gets. */
export interface MailSettings {
  digest_mails: boolean;
}

/** A user as that user sees it; email is empty for a bot.

pending_email: the address that is to be mine once the link that was sent there is followed. digest_mails: whether I want mails of new followers and unread notifications. who_may_add_me: who puts me into groups at once, "followed" being whom I follow; others invite me. who_may_write_to_me: who opens conversations with me; "requests": everybody, but of whom I do not follow it is a request. send_read_receipts: whether others see how far I have read, and I how far they have. who_may_quote_me: who may quote my posts from now on, "followers" being who follows me. has_muted_words: whether there are any to ask for. */
export interface Me {
  id: number;
  username: string;
  display_name: string;
  avatar: string | null;
  bio: string;
  followers_count: number;
  following_count: number;
  posts_count: number;
  created_at: string;
  is_following: boolean;
  is_followed_by: boolean;
  blocked: boolean;
  muted: boolean;
  is_bot: boolean;
  email: string;
  pending_email: string | null;
  is_admin: boolean;
  unread_notifications: number;
  unread_messages: number;
  email_verified: boolean;
  digest_mails: boolean;
  who_may_add_me: "everybody" | "followed" | "nobody";
  who_may_write_to_me: "everybody" | "requests" | "followed" | "nobody";
  send_read_receipts: boolean;
  who_may_quote_me: "everybody" | "followers" | "nobody";
  has_muted_words: boolean;
}

/** A picture of a post or message, or one that waits for either.

alt: what it shows, in words. width and height are in pixels; preview_url is of a smaller one of the same proportions that never moves. thumbhash (evanw.github.io/thumbhash), in base64, is what to show until it is loaded; null for those from before there was one. */
export interface Media {
  id: number;
  type: "image";
  url: string;
  preview_url: string;
  alt: string;
  width: number;
  height: number;
  thumbhash: string | null;
  animated: boolean;
}

/** In a group somebody has another role, or was removed or banned: to those in it, and to them.

Before conversation.updated. That somebody who was out of it is banned, or no longer is, goes to the owner and the admins. Who comes or leaves of their own will is in conversation.updated. */
export interface MemberChanged {
  conversation_id: number;
  user_id: number;
  by: number;
  change: "owner" | "admin" | "member" | "removed" | "banned" | "unbanned";
}

/** A deleted message keeps its place, without its content.

image is the address of the first of media. reply_to: what it answers, as that is now; null also for who may not see that: it is by somebody whom they block, or from before they came. */
export interface Message {
  id: number;
  conversation_id: number;
  sender: UserRef;
  content: string;
  image: string | null;
  media: Media[];
  client_id: string | null;
  created_at: string;
  edited_at: string | null;
  deleted: boolean;
  reply_to: MessageExcerpt | null;
  reactions: Reaction[];
}

/** To all participants, the sender's own sockets included. */
export interface MessageCreated {
  message: Message;
}

/** The sender has taken the message back. */
export interface MessageDeleted {
  conversation_id: number;
  message_id: number;
}

/** As much of a message as shows which one it is: its first words, and its first picture. */
export interface MessageExcerpt {
  id: number;
  sender: UserRef;
  content: string;
  image: string | null;
  deleted: boolean;
}

/** A message is pinned: to all who see it. */
export interface MessagePinned {
  conversation_id: number;
  message_id: number;
}

/** The reactions to a message have changed; what changes within a moment comes as one.

To all who see it, where mine is null; at once to the own sockets of who reacts, and when what was missed is read back, mine is told. Of several that were missed only the last is told. */
export interface MessageReactions {
  conversation_id: number;
  message_id: number;
  reactions: Reaction[];
}

/** I have accepted a message request, and conversation.created follows, or declined it. */
export interface MessageRequestEnded {
  conversation_id: number;
  outcome: "accepted" | "declined";
}

/** In place of message.created, as long as the conversation waits among my requests. */
export interface MessageRequestReceived {
  message: Message;
}

/** A message is pinned no longer, though it is there still: to all who see it. */
export interface MessageUnpinned {
  conversation_id: number;
  message_id: number;
}

/** The sender has changed the content. */
export interface MessageUpdated {
  message: Message;
}

/** A word, phrase or hashtag that the user wants to see nothing of, or only when asking for it.

tag: the one spelling of a hashtag, by which a post's hashtags are compared; null for words. */
export interface MutedWord {
  id: number;
  text: string;
  tag: string | null;
  contexts: ("feed" | "notifications" | "threads" | "public")[];
  action: "warn" | "hide";
  expires_at: string | null;
  created_at: string;
}

/** I have muted a word, or changed that, to my own sockets; word is null where it is over. */
export interface MutedWordChanged {
  id: number;
  word: MutedWord | null;
}

/** All words that I have muted, in the order in which I have. */
export interface MutedWords {
  results: MutedWord[];
}

/** An incoming webhook, and the URL that it is: it is not shown again. */
export interface NewIncomingWebhook {
  id: number;
  name: string;
  conversation_id: number | null;
  last_used_at: string | null;
  created_at: string;
  url: string;
}

/** A token that was just made: token is shown this once. */
export interface NewPersonalToken {
  id: number;
  user: UserRef;
  name: string;
  scopes: string[];
  hint: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  token: string;
}

/** A webhook, and the secret that its deliveries are signed with: it is not shown again. */
export interface NewWebhook {
  id: number;
  name: string;
  url: string;
  events: string[];
  enabled: boolean;
  disabled_because: string | null;
  disabled_at: string | null;
  failing_since: string | null;
  last_success_at: string | null;
  previous_secret_until: string | null;
  created_at: string;
  secret: string;
}

/** What somebody did that concerns the user, or a post of the user's.

Of a poll that has ended, which the user asked or voted in, the actor is who asked. post: what post_id is of, as it is now; null where its author is suspended. message: what names the user in a group, for message_mention; null where the user has left that. */
export interface Notification {
  id: number;
  kind: "like" | "follow" | "retweet" | "reply" | "mention" | "message_mention" | "quote" | "poll";
  actor: UserRef;
  post_id: number | null;
  read: boolean;
  created_at: string;
  post: PostExcerpt | null;
  message_id: number | null;
  conversation_id: number | null;
  message: MessageExcerpt | null;
}

/** Somebody has done something that concerns me. */
export interface NotificationCreated {
  notification: Notification;
  unread_count: number;
}

/** Notifications of mine are gone, as what caused them was undone or deleted. */
export interface NotificationDeleted {
  ids: number[];
  unread_count: number;
}

/** I have read notifications; ids is null when all were marked. */
export interface NotificationRead {
  ids: number[] | null;
  unread_count: number;
}

/** A session as its user sees it; last_used_at is when its tokens were last renewed. */
export interface OwnSession {
  id: number;
  created_at: string;
  last_used_at: string;
  user_agent: string;
  address: string | null;
  current: boolean;
}

/** Who owns a group or is an admin of it. */
export interface ParticipantRole {
  user_id: number;
  role: "owner" | "admin";
}

/** A token as its owner sees it: hint is what it ends in; last_used_at is up to an hour behind.

user is as whom it acts. expires_at is null where it is good until it is revoked. */
export interface PersonalToken {
  id: number;
  user: UserRef;
  name: string;
  scopes: string[];
  hint: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

/** A pinned message, who has pinned it and when; id is the pin's own.

user is null where that account is gone. */
export interface Pin {
  id: number;
  message: Message;
  user: UserRef | null;
  created_at: string;
}

/** A question with answers to choose from, until ends_at.

multiple: one may choose several. hide_totals: how many chose which is hidden from all, until it has ended. votes_count is of all choices, voters_count of people. voted and own_votes, places in options from 0 on, are the viewer's; null in live events. */
export interface Poll {
  options: PollOption[];
  multiple: boolean;
  hide_totals: boolean;
  votes_count: number;
  voters_count: number;
  ends_at: string;
  ended: boolean;
  voted: boolean | null;
  own_votes: number[] | null;
}

/** What one can choose, and how many have; null while the poll hides it. */
export interface PollOption {
  title: string;
  votes_count: number | null;
}

/** To who watches its post, as it is voted in and ends; votes within half a second come as one.

voted and own_votes are null, as it is the same for all. */
export interface PollUpdated {
  post_id: number;
  poll: Poll;
}

/** A post as one viewer sees it; liked, retweeted and bookmarked are null in live events.

image is the address of the first of media; sensitive: to be covered until it is asked for. replying_to is who wrote reply_to. quoted: what it quotes, of which post.updated has the state alone. quotable: whether the author's setting lets the viewer quote it; null in live events. */
export interface Post {
  id: number;
  author: UserRef;
  content: string;
  image: string | null;
  media: Media[];
  sensitive: boolean;
  reply_to: number | null;
  replying_to: UserRef | null;
  hashtags: string[];
  mentions: UserRef[];
  poll: Poll | null;
  likes_count: number;
  retweets_count: number;
  replies_count: number;
  liked: boolean | null;
  retweeted: boolean | null;
  bookmarked: boolean | null;
  created_at: string;
  edited_at: string | null;
  retweeted_by: UserRef | null;
  quoted: Quoted | null;
  quotes_count: number;
  quotable: boolean | null;
}

/** To who watches the post; changes within half a second come as one. */
export interface PostCounts {
  post_id: number;
  likes_count: number;
  retweets_count: number;
  replies_count: number;
  quotes_count: number;
}

/** Into the feeds of followers and of the actor. */
export interface PostCreated {
  post: Post;
  /** For `feed_since`, when connecting again. */
  cursor: string;
}

/** The post is gone. */
export interface PostDeleted {
  post_id: number;
}

/** As much of a post as shows which one it is. */
export interface PostExcerpt {
  id: number;
  author: UserRef;
  content: string;
  image: string | null;
  sensitive: boolean;
}

/** The author has changed the content. */
export interface PostUpdated {
  post: Post;
}

/** A former content of a post; created_at is when it was written. */
export interface PostVersion {
  id: number;
  content: string;
  media: Media[];
  created_at: string;
}

/** To who watches the user. last_seen is now for who is online, null for who never was. */
export interface PresenceChanged {
  user_id: number;
  online: boolean;
  last_seen: string | null;
}

/** Problem details (RFC 9457). */
export interface Problem {
  /** Where the code is described. */
  type: string;
  /** What went wrong: the same for all of a code. */
  title: string;
  status: number;
  /** What went wrong, for programs. New codes may come. */
  code: "malformed" | "body_timeout" | "payload_too_large" | "unsupported_media_type" | "unsupported_image" | "token_missing" | "token_invalid" | "token_expired" | "session_ended" | "wrong_credentials" | "second_factor_required" | "account_suspended" | "admin_required" | "insufficient_scope" | "cross_origin" | "blocked" | "not_author" | "role_required" | "banned" | "not_accepted" | "not_quotable" | "not_a_group" | "token_mismatch" | "not_found" | "unknown_route" | "unknown_command" | "method_not_allowed" | "upgrade_required" | "username_taken" | "email_taken" | "conversation_full" | "link_limit" | "pin_limit" | "reaction_limit" | "second_factor_enabled" | "request_limit" | "media_limit" | "muted_word_limit" | "poll_ended" | "already_voted" | "bot_limit" | "token_limit" | "webhook_limit" | "webhook_disabled" | "report_closed" | "invalid" | "invalid_cursor" | "invalid_resume" | "invalid_image" | "contradiction" | "key_reused" | "self_target" | "stream_limit" | "watch_limit" | "wrong_password" | "wrong_code" | "link_invalid" | "rate_limited" | "too_many_attempts" | "too_many_connections" | "busy" | "internal" | "unavailable" | "draining";
  /** For the developer; its wording may change. */
  detail: string;
  /** What is wrong with which field of the input, where the problem is about some. */
  errors?: Record<string, string[]>;
  /** Of `insufficient_scope`: the scope that the personal access token lacks. */
  scope?: string;
  /** The id of the request or command, as the server's log lines have it. */
  request_id?: string;
  /** Seconds, where the same may be asked again later. */
  retry_after?: number;
}

/** The public face of an account, which has exactly one; id is the user's.

pinned_post_id: the post of the account's own that its page shows first. */
export interface Profile {
  id: number;
  user: UserRef;
  display_name: string;
  bio: string;
  avatar: string | null;
  banner: string | null;
  location: string;
  website: string;
  followers_count: number;
  following_count: number;
  posts_count: number;
  created_at: string;
  pinned_post_id: number | null;
}

/** Whether this session receives Web Push, and the key to subscribe its browser with. */
export interface PushStatus {
  public_key: string;
  subscribed: boolean;
}

/** What a post quotes, as the viewer may see it: post is null in any state but accepted.

state, where it is not shown: revoked, its author has withdrawn it from the quote; deleted; unauthorized, the viewer may not see it; blocked_account and muted_account, the viewer blocks or mutes its author, and may yet have it by post_id. */
export interface Quoted {
  state: "accepted" | "revoked" | "deleted" | "unauthorized" | "blocked_account" | "muted_account";
  post_id: number | null;
  post: QuotedPost | null;
}

/** A post as one that quotes it shows it; what this one quotes itself is not in it. */
export interface QuotedPost {
  id: number;
  author: UserRef;
  content: string;
  image: string | null;
  media: Media[];
  sensitive: boolean;
  has_poll: boolean;
  created_at: string;
  edited_at: string | null;
}

/** How many have reacted to a message with an emoji; mine: whether I have, null in live events.

To the sockets of who reacts, live events say it, too. */
export interface Reaction {
  emoji: string;
  count: number;
  mine: boolean | null;
}

/** Who has reacted to a message, and with which emoji; id is the reaction's own. */
export interface Reactor {
  id: number;
  emoji: string;
  user: UserRef;
  created_at: string;
}

/** Up to which message a participant has read. */
export interface ReadMark {
  user_id: number;
  up_to: number;
}

/** Codes that are each good once in place of one of the program's; they are not shown again. */
export interface RecoveryCodes {
  codes: string[];
}

/** How I stand to another user, to my own sockets. */
export interface RelationshipChanged {
  user_id: number;
  is_following: boolean;
  is_followed_by: boolean;
  blocked: boolean;
  muted: boolean;
}

/** About a user, a post or a message; what is gone by now is null. user_id is its author. */
export interface Report {
  id: number;
  reporter: UserRef;
  user_id: number | null;
  post_id: number | null;
  message_id: number | null;
  reason: string;
  status: "open" | "resolved" | "dismissed";
  created_at: string;
  resolved_at: string | null;
}

/** A post or message as it was when it was reported; conversation_id: of a message. */
export interface Reported {
  author: UserRef;
  content: string;
  media: Media[];
  conversation_id: number | null;
}

/** fresh: no `since` given; resumed: the missed events follow; reset: refetch over REST. */
export interface Resume {
  status: "fresh" | "resumed" | "reset";
  missed: number;
}

/** What a program makes codes of: to type, as a link, and that as a QR code, an SVG image. */
export interface SecondFactorSecret {
  secret: string;
  uri: string;
  qr_code: string;
}

/** Whether logins take a code, too, and how many recovery codes are still good. */
export interface SecondFactorStatus {
  enabled: boolean;
  recovery_codes_left: number;
}

/** The last event of a socket that the server closes; reconnect_in_ms is null for "do not". */
export interface SessionClosing {
  code: "token_expired" | "session_ended" | "unavailable" | "draining";
  reason: string;
  reconnect_in_ms: number | null;
}

/** The token of this socket ends in so many seconds: session.refresh brings a new one. */
export interface SessionExpiring {
  in_s: number;
}

/** The first event of every socket. expires_at is when its token does, null where never.

user has nothing that not everybody sees for a personal access token without account:read. */
export interface SessionReady {
  user: Me;
  session_id: number;
  seq: number;
  epoch: string;
  expires_at: string | null;
  resume: Resume;
  feed: Feed;
}

/** A new post in a stream that this socket listens to. */
export interface StreamPost {
  post: Post;
  /** Which one, as the ack of `stream.subscribe` names it. */
  stream: string;
  /** For `stream.subscribe`, when coming back. */
  cursor: string;
}

/** What a client listens to from now on.

status: fresh, no cursor was given; resumed, `missed` posts have been sent, the newest of more where `more` says so; reset, too much came since the cursor, or it is of another database: refetch over REST. cursor is for when it comes back. */
export interface StreamSubscribed {
  stream: string;
  status: "fresh" | "resumed" | "reset";
  missed: number;
  more: boolean;
  cursor: string;
}

/** A post in its conversation.

ancestors are what it replies to, the oldest first; replies what replies to it, every reply before the replies to it. */
export interface Thread {
  ancestors: Post[];
  post: Post;
  replies: Post[];
}

/** What a login or a refresh answers; expires_in is the access token's, in seconds.

refresh is null where a cookie has it. */
export interface TokenPair {
  access: string;
  refresh: string | null;
  token_type: string;
  expires_in: number;
  user_id: number;
}

/** A hashtag used more than usual: in how many posts, by how many accounts, within 24 hours. */
export interface Trend {
  tag: string;
  posts_count: number;
  accounts_count: number;
  score: number;
}

/** Trending hashtags, the strongest first. */
export interface Trends {
  results: Trend[];
}

/** To the other participants; ends by itself 5 s after the last `active`. */
export interface TypingChanged {
  conversation_id: number;
  user_id: number;
  active: boolean;
}

/** How many are unread. */
export interface UnreadCount {
  unread_count: number;
}

/** A user as one viewer sees it: whom the viewer follows, is followed by, blocks, mutes.

is_bot: it is the account of a program. */
export interface User {
  id: number;
  username: string;
  display_name: string;
  avatar: string | null;
  bio: string;
  followers_count: number;
  following_count: number;
  posts_count: number;
  created_at: string;
  is_following: boolean;
  is_followed_by: boolean;
  blocked: boolean;
  muted: boolean;
  is_bot: boolean;
}

/** A user as others refer to it. */
export interface UserRef {
  id: number;
  username: string;
  display_name: string;
  avatar: string | null;
}

/** Where an account has events of its own sent.

disabled_because: owner, gone (it answered 410), failing (for days) or overflow (more waited than may). previous_secret_until: until when deliveries are signed with the secret before, too. */
export interface Webhook {
  id: number;
  name: string;
  url: string;
  events: string[];
  enabled: boolean;
  disabled_because: string | null;
  disabled_at: string | null;
  failing_since: string | null;
  last_success_at: string | null;
  previous_secret_until: string | null;
  created_at: string;
}

/** What became of one event for one webhook.

event, seq and at are the event's; seq is null for a test. message_id is `webhook-id` of the request. status: waiting, delivered, failed (it is not tried again), or withdrawn (there was nothing left of it that the account may see). error: address, connection, tls, timeout, protocol, status or disabled. */
export interface WebhookDelivery {
  id: number;
  message_id: string;
  event: string;
  seq: number | null;
  at: string;
  status: "waiting" | "delivered" | "failed" | "withdrawn";
  attempts: number;
  attempted_at: string | null;
  response_status: number | null;
  error: string | null;
  duration_ms: number | null;
  next_attempt_at: string | null;
}

/** The data of each event by its name. */
export interface Events {
  "message.created": MessageCreated;
  "message.updated": MessageUpdated;
  "message.deleted": MessageDeleted;
  "message.reactions": MessageReactions;
  "message.pinned": MessagePinned;
  "message.unpinned": MessageUnpinned;
  "conversation.created": ConversationCreated;
  "conversation.updated": ConversationUpdated;
  "conversation.read": ConversationRead | ConversationReadByMe;
  "conversation.member_changed": MemberChanged;
  "invitation.created": InvitationCreated;
  "invitation.ended": InvitationEnded;
  "join_request.created": JoinRequestCreated;
  "join_request.ended": JoinRequestEnded;
  "message_request.received": MessageRequestReceived;
  "message_request.ended": MessageRequestEnded;
  "notification.created": NotificationCreated;
  "notification.read": NotificationRead;
  "notification.deleted": NotificationDeleted;
  "relationship.changed": RelationshipChanged;
  "muted_word.changed": MutedWordChanged;
  "post.created": PostCreated;
  "stream.post": StreamPost;
  "post.updated": PostUpdated;
  "post.deleted": PostDeleted;
  "post.counts": PostCounts;
  "poll.updated": PollUpdated;
  "typing": TypingChanged;
  "presence": PresenceChanged;
  "session.ready": SessionReady;
  "session.expiring": SessionExpiring;
  "session.closing": SessionClosing;
  "void": null;
}

/** Input and result of each operation by its name. */
export interface Operations {
  "admin.audit.list": { input: { limit?: number; cursor?: string }; result: Page<AuditEntry> };
  "admin.report.close": { input: { id: number; status: "resolved" | "dismissed" }; result: AdminReport };
  "admin.report.list": { input: { limit?: number; cursor?: string; status?: "open" | "resolved" | "dismissed" }; result: Page<AdminReport> };
  "admin.user.list": { input: { limit?: number; cursor?: string; search?: string; suspended?: boolean }; result: Page<Account> };
  "admin.user.make_admin": { input: { id: number; reason?: string | null }; result: Account };
  "admin.user.restore": { input: { id: number; reason?: string | null }; result: Account };
  "admin.user.revoke_admin": { input: { id: number; reason?: string | null }; result: Account };
  "admin.user.suspend": { input: { id: number; reason?: string | null }; result: Account };
  "block.list": { input: { limit?: number; cursor?: string }; result: Page<User> };
  "bookmark.list": { input: { limit?: number; cursor?: string }; result: Page<Post> };
  "bot.create": { input: { username: string; display_name?: string }; result: User };
  "bot.delete": { input: { id: number; password: string }; result: null };
  "bot.list": { input: { limit?: number; cursor?: string }; result: Page<User> };
  "conversation.approve": { input: { conversation_id: number; user_id: number }; result: Conversation };
  "conversation.ban": { input: { conversation_id: number; user_id: number }; result: Conversation };
  "conversation.bans": { input: { conversation_id: number; limit?: number; cursor?: string }; result: Page<UserRef> };
  "conversation.create": { input: { participants: number[]; title?: string | null }; result: Conversation };
  "conversation.get": { input: { conversation_id: number }; result: Conversation };
  "conversation.invitations": { input: { conversation_id: number; limit?: number; cursor?: string }; result: Page<Invitation> };
  "conversation.join_requests": { input: { conversation_id: number; limit?: number; cursor?: string }; result: Page<JoinRequest> };
  "conversation.list": { input: { limit?: number; cursor?: string }; result: Page<Conversation> };
  "conversation.read": { input: { conversation_id: number; up_to: number }; result: UnreadCount };
  "conversation.refuse": { input: { conversation_id: number; user_id: number }; result: Conversation };
  "conversation.remove": { input: { conversation_id: number; user_id: number }; result: Conversation };
  "conversation.set_role": { input: { conversation_id: number; user_id: number; role: "owner" | "admin" | "member" }; result: Conversation };
  "conversation.unban": { input: { conversation_id: number; user_id: number }; result: Conversation };
  "conversation.uninvite": { input: { conversation_id: number; user_id: number }; result: null };
  "conversation.update": { input: { conversation_id: number; title?: string; add?: number[]; leave?: boolean; who_may_add?: "members" | "admins"; who_may_rename?: "members" | "admins"; who_may_pin?: "members" | "admins" }; result: Conversation };
  "email.cancel_change": { input: Record<string, never>; result: Me };
  "email.change": { input: { email: string; password: string }; result: Me };
  "email.confirm_change": { input: { token: string }; result: null };
  "email.unsubscribe": { input: { token: string }; result: MailSettings };
  "email.verify": { input: { token: string }; result: null };
  "email.verify_again": { input: Record<string, never>; result: null };
  "feed.list": { input: { limit?: number; cursor?: string; since_id?: number }; result: Page<Post> };
  "group_link.create": { input: { conversation_id: number; name?: string; needs_approval?: boolean; max_uses?: number | null; expires_in?: number | null }; result: GroupLink };
  "group_link.join": { input: { token: string }; result: Joining };
  "group_link.list": { input: { conversation_id: number; limit?: number; cursor?: string }; result: Page<GroupLink> };
  "group_link.preview": { input: { token: string }; result: GroupPreview };
  "group_link.revoke": { input: { conversation_id: number; id: number }; result: null };
  "hashtag.trending": { input: { limit?: number }; result: Trends };
  "incoming_webhook.create": { input: { name: string; conversation_id?: number | null }; result: NewIncomingWebhook };
  "incoming_webhook.list": { input: { limit?: number; cursor?: string }; result: Page<IncomingWebhook> };
  "incoming_webhook.receive": { input: { token: string; text: string }; result: null };
  "incoming_webhook.revoke": { input: { id: number }; result: null };
  "invitation.accept": { input: { conversation_id: number }; result: Conversation };
  "invitation.decline": { input: { conversation_id: number }; result: null };
  "invitation.list": { input: { limit?: number; cursor?: string }; result: Page<Invitation> };
  "media.get": { input: { id: number }; result: Media };
  "media.update": { input: { id: number; alt: string }; result: Media };
  "media.upload": { input: { file: Blob; alt?: string }; result: Media };
  "message.delete": { input: { conversation_id: number; id: number }; result: null };
  "message.list": { input: { conversation_id: number; limit?: number; cursor?: string }; result: Page<Message> };
  "message.pin": { input: { conversation_id: number; id: number }; result: Message };
  "message.react": { input: { conversation_id: number; id: number; emoji: string }; result: Message };
  "message.search": { input: { q: string; limit?: number; cursor?: string }; result: Page<Message> };
  "message.send": { input: { conversation_id: number; content?: string; media_ids?: number[] | null; reply_to_id?: number | null; client_id?: string | null }; result: Message };
  "message.unpin": { input: { conversation_id: number; id: number }; result: Message };
  "message.unreact": { input: { conversation_id: number; id: number; emoji: string }; result: Message };
  "message.unread_count": { input: Record<string, never>; result: UnreadCount };
  "message.update": { input: { conversation_id: number; id: number; content?: string; media_ids?: number[] }; result: Message };
  "message_request.accept": { input: { conversation_id: number }; result: Conversation };
  "message_request.decline": { input: { conversation_id: number }; result: null };
  "message_request.list": { input: { limit?: number; cursor?: string }; result: Page<Conversation> };
  "message_request.unread_count": { input: Record<string, never>; result: UnreadCount };
  "mute.list": { input: { limit?: number; cursor?: string }; result: Page<User> };
  "muted_word.add": { input: { text: string; contexts?: ("feed" | "notifications" | "threads" | "public")[]; action?: "warn" | "hide"; expires_in?: number | null }; result: MutedWord };
  "muted_word.list": { input: Record<string, never>; result: MutedWords };
  "muted_word.remove": { input: { id: number }; result: null };
  "muted_word.update": { input: { id: number; contexts?: ("feed" | "notifications" | "threads" | "public")[]; action?: "warn" | "hide"; expires_in?: number | null }; result: MutedWord };
  "notification.list": { input: { limit?: number; cursor?: string; unread?: boolean }; result: Page<Notification> };
  "notification.read": { input: { ids?: number[] | null }; result: UnreadCount };
  "notification.read_one": { input: { id: number }; result: Notification };
  "notification.unread_count": { input: Record<string, never>; result: UnreadCount };
  "password.ask_for_reset": { input: { email: string }; result: null };
  "password.change": { input: { current_password: string; new_password: string }; result: null };
  "password.reset": { input: { token: string; password: string }; result: null };
  "pin.list": { input: { conversation_id: number; limit?: number; cursor?: string }; result: Page<Pin> };
  "poll.vote": { input: { id: number; choices: number[] }; result: Post };
  "post.bookmark": { input: { id: number }; result: Post };
  "post.create": { input: { content?: string; reply_to?: number | null; quote_id?: number | null; media_ids?: number[] | null; sensitive?: boolean | null; poll?: { options: string[]; expires_in: number; multiple?: boolean; hide_totals?: boolean } | null; client_id?: string | null; image?: Blob }; result: Post };
  "post.delete": { input: { id: number }; result: null };
  "post.get": { input: { id: number }; result: Post };
  "post.history": { input: { id: number; limit?: number; cursor?: string }; result: Page<PostVersion> };
  "post.like": { input: { id: number }; result: Post };
  "post.likes": { input: { id: number; limit?: number; cursor?: string }; result: Page<User> };
  "post.list": { input: { limit?: number; cursor?: string; search?: string; hashtag?: string; author?: string }; result: Page<Post> };
  "post.pin": { input: { id: number }; result: Post };
  "post.quotes": { input: { id: number; limit?: number; cursor?: string }; result: Page<Post> };
  "post.replies": { input: { id: number; limit?: number; cursor?: string }; result: Page<Post> };
  "post.retweet": { input: { id: number }; result: Post };
  "post.retweets": { input: { id: number; limit?: number; cursor?: string }; result: Page<User> };
  "post.revoke_quote": { input: { id: number }; result: null };
  "post.thread": { input: { id: number }; result: Thread };
  "post.unbookmark": { input: { id: number }; result: Post };
  "post.unlike": { input: { id: number }; result: Post };
  "post.unpin": { input: { id: number }; result: Post };
  "post.unretweet": { input: { id: number }; result: Post };
  "post.unwatch": { input: { ids: number[] }; result: null };
  "post.update": { input: { id: number; content?: string; media_ids?: number[]; sensitive?: boolean }; result: Post };
  "post.watch": { input: { ids: number[] }; result: Counts[] };
  "presence.watch": { input: { user_ids: number[] }; result: PresenceChanged[] };
  "profile.get": { input: { id: number }; result: Profile };
  "profile.list": { input: { limit?: number; cursor?: string; search?: string }; result: Page<Profile> };
  "profile.lookup": { input: { username: string }; result: Profile };
  "profile.mine": { input: Record<string, never>; result: Profile };
  "profile.update": { input: { display_name?: string; bio?: string; location?: string; website?: string; avatar?: Blob; banner?: Blob }; result: Profile };
  "push.get": { input: Record<string, never>; result: PushStatus };
  "push.subscribe": { input: { endpoint: string; p256dh: string; auth: string }; result: PushStatus };
  "push.unsubscribe": { input: Record<string, never>; result: null };
  "reaction.list": { input: { conversation_id: number; id: number; limit?: number; cursor?: string; emoji?: string }; result: Page<Reactor> };
  "report.create": { input: { reason: string; user_id?: number; post_id?: number; message_id?: number }; result: Report };
  "search": { input: { q: string; limit?: number; cursor?: string; type?: "posts" | "users" | "hashtags" }; result: Page<Post | User | Hashtag> };
  "second_factor.begin": { input: { password: string }; result: SecondFactorSecret };
  "second_factor.confirm": { input: { code: string }; result: RecoveryCodes };
  "second_factor.end": { input: { password: string; code: string }; result: null };
  "second_factor.get": { input: Record<string, never>; result: SecondFactorStatus };
  "second_factor.recovery_codes": { input: { password: string; code: string }; result: RecoveryCodes };
  "session.end": { input: { id: number }; result: null };
  "session.list": { input: { limit?: number; cursor?: string }; result: Page<OwnSession> };
  "session.open": { input: { username: string; password: string; code?: string | null; cookie?: boolean }; result: TokenPair };
  "session.refresh": { input: { token: string }; result: ExpiresAt };
  "session.revoke": { input: { refresh?: string | null }; result: null };
  "session.rotate": { input: { refresh?: string | null; cookie?: boolean }; result: TokenPair };
  "stream.subscribe": { input: { stream: string; cursor?: string | null }; result: StreamSubscribed };
  "stream.unsubscribe": { input: { stream: string }; result: null };
  "token.create": { input: { name: string; scopes: ("account:read" | "account:write" | "users:read" | "relationships:read" | "relationships:write" | "posts:read" | "posts:write" | "media:write" | "messages:read" | "messages:write" | "notifications:read" | "notifications:write" | "reports:write" | "webhooks:write")[]; password: string; expires_in_days?: number | null; bot_id?: number | null; code?: string | null }; result: NewPersonalToken };
  "token.list": { input: { limit?: number; cursor?: string }; result: Page<PersonalToken> };
  "token.revoke": { input: { id: number }; result: null };
  "typing": { input: { conversation_id: number; active: boolean }; result: null };
  "user.block": { input: { id: number }; result: User };
  "user.configure": { input: { digest_mails?: boolean | null; who_may_add_me?: "everybody" | "followed" | "nobody" | null; who_may_write_to_me?: "everybody" | "requests" | "followed" | "nobody" | null; send_read_receipts?: boolean | null; who_may_quote_me?: "everybody" | "followers" | "nobody" | null }; result: Me };
  "user.delete": { input: { password: string }; result: null };
  "user.export": { input: Record<string, never>; result: Export };
  "user.follow": { input: { id: number }; result: User };
  "user.followers": { input: { id: number; limit?: number; cursor?: string }; result: Page<User> };
  "user.following": { input: { id: number; limit?: number; cursor?: string }; result: Page<User> };
  "user.get": { input: { id: number }; result: User };
  "user.me": { input: Record<string, never>; result: Me };
  "user.mute": { input: { id: number }; result: User };
  "user.posts": { input: { id: number; limit?: number; cursor?: string; kind?: "all" | "posts" | "replies" | "media" | "likes" | "pinned" }; result: Page<Post> };
  "user.register": { input: { username: string; email: string; password: string; display_name?: string }; result: Me };
  "user.rename": { input: { username: string }; result: Me };
  "user.unblock": { input: { id: number }; result: User };
  "user.unfollow": { input: { id: number }; result: User };
  "user.unmute": { input: { id: number }; result: User };
  "webhook.create": { input: { url: string; events: ("muted_word.changed" | "relationship.changed" | "notification.deleted" | "notification.read" | "notification.created" | "message_request.ended" | "message_request.received" | "join_request.ended" | "join_request.created" | "invitation.ended" | "invitation.created" | "conversation.member_changed" | "conversation.read" | "conversation.updated" | "conversation.created" | "message.unpinned" | "message.pinned" | "message.reactions" | "message.deleted" | "message.updated" | "message.created")[]; name?: string }; result: NewWebhook };
  "webhook.delete": { input: { id: number }; result: null };
  "webhook.deliveries": { input: { id: number; limit?: number; cursor?: string }; result: Page<WebhookDelivery> };
  "webhook.get": { input: { id: number }; result: Webhook };
  "webhook.list": { input: { limit?: number; cursor?: string }; result: Page<Webhook> };
  "webhook.redeliver": { input: { id: number; delivery_id: number }; result: WebhookDelivery };
  "webhook.rotate_secret": { input: { id: number }; result: NewWebhook };
  "webhook.test": { input: { id: number }; result: WebhookDelivery };
  "webhook.update": { input: { id: number; url?: string; events?: ("muted_word.changed" | "relationship.changed" | "notification.deleted" | "notification.read" | "notification.created" | "message_request.ended" | "message_request.received" | "join_request.ended" | "join_request.created" | "invitation.ended" | "invitation.created" | "conversation.member_changed" | "conversation.read" | "conversation.updated" | "conversation.created" | "message.unpinned" | "message.pinned" | "message.reactions" | "message.deleted" | "message.updated" | "message.created")[]; name?: string; enabled?: boolean }; result: Webhook };
}

export interface Calls<Options> {
  admin: {
    audit: {
      /** List what admins did, the newest first. */
      list(input?: Operations["admin.audit.list"]["input"], options?: Options): Promise<Operations["admin.audit.list"]["result"]>;
    };
    report: {
      /** Settle a report. */
      close(input: Operations["admin.report.close"]["input"], options?: Options): Promise<Operations["admin.report.close"]["result"]>;
      /** List what users reported, the newest first. */
      list(input?: Operations["admin.report.list"]["input"], options?: Options): Promise<Operations["admin.report.list"]["result"]>;
    };
    user: {
      /** List accounts, the newest first; by a part of a name or address, by being suspended. */
      list(input?: Operations["admin.user.list"]["input"], options?: Options): Promise<Operations["admin.user.list"]["result"]>;
      /** Make a user an admin. */
      make_admin(input: Operations["admin.user.make_admin"]["input"], options?: Options): Promise<Operations["admin.user.make_admin"]["result"]>;
      /** Let a suspended user in again. */
      restore(input: Operations["admin.user.restore"]["input"], options?: Options): Promise<Operations["admin.user.restore"]["result"]>;
      /** Make an admin a user like others. */
      revoke_admin(input: Operations["admin.user.revoke_admin"]["input"], options?: Options): Promise<Operations["admin.user.revoke_admin"]["result"]>;
      /** Suspend a user: tokens and sockets end within a second. */
      suspend(input: Operations["admin.user.suspend"]["input"], options?: Options): Promise<Operations["admin.user.suspend"]["result"]>;
    };
  };
  block: {
    /** List whom I block, the newest block first. */
    list(input?: Operations["block.list"]["input"], options?: Options): Promise<Operations["block.list"]["result"]>;
  };
  bookmark: {
    /** List my bookmarks, the newest first. */
    list(input?: Operations["bookmark.list"]["input"], options?: Options): Promise<Operations["bookmark.list"]["result"]>;
  };
  bot: {
    /** Create a bot of mine: an account that nobody logs in to, for whose tokens I am asked. */
    create(input: Operations["bot.create"]["input"], options?: Options): Promise<Operations["bot.create"]["result"]>;
    /** Delete a bot of mine, as an account is deleted. */
    delete(input: Operations["bot.delete"]["input"], options?: Options): Promise<Operations["bot.delete"]["result"]>;
    /** List my bots, the newest first. */
    list(input?: Operations["bot.list"]["input"], options?: Options): Promise<Operations["bot.list"]["result"]>;
  };
  conversation: {
    /** Let somebody who asks to join into a group that I own or am an admin of. */
    approve(input: Operations["conversation.approve"]["input"], options?: Options): Promise<Operations["conversation.approve"]["result"]>;
    /** Keep somebody out of a group, whom nobody can add then, and who cannot join by a link. */
    ban(input: Operations["conversation.ban"]["input"], options?: Options): Promise<Operations["conversation.ban"]["result"]>;
    /** List whom a group has banned, that I own or am an admin of; the newest account first. */
    bans(input: Operations["conversation.bans"]["input"], options?: Options): Promise<Operations["conversation.bans"]["result"]>;
    /** Open a conversation; the one with the same single user is made once. */
    create(input: Operations["conversation.create"]["input"], options?: Options): Promise<Operations["conversation.create"]["result"]>;
    /** Get a conversation that I am in. */
    get(input: Operations["conversation.get"]["input"], options?: Options): Promise<Operations["conversation.get"]["result"]>;
    /** List who is invited to a group that I am in, the newest invitation first. */
    invitations(input: Operations["conversation.invitations"]["input"], options?: Options): Promise<Operations["conversation.invitations"]["result"]>;
    /** List who asks to join a group that I own or am an admin of, the newest request first. */
    join_requests(input: Operations["conversation.join_requests"]["input"], options?: Options): Promise<Operations["conversation.join_requests"]["result"]>;
    /** List my conversations but for requests, latest activity first. */
    list(input?: Operations["conversation.list"]["input"], options?: Options): Promise<Operations["conversation.list"]["result"]>;
    /** Mark a conversation as read up to a message; answers how many are left in it. */
    read(input: Operations["conversation.read"]["input"], options?: Options): Promise<Operations["conversation.read"]["result"]>;
    /** Do not let somebody in who asks to join, and who is not told. */
    refuse(input: Operations["conversation.refuse"]["input"], options?: Options): Promise<Operations["conversation.refuse"]["result"]>;
    /** Remove somebody from a group that I own or am an admin of. */
    remove(input: Operations["conversation.remove"]["input"], options?: Options): Promise<Operations["conversation.remove"]["result"]>;
    /** Make somebody in my group an admin, a member, or its owner in my place. */
    set_role(input: Operations["conversation.set_role"]["input"], options?: Options): Promise<Operations["conversation.set_role"]["result"]>;
    /** Take a ban back: the one who was banned may be added again, or join. */
    unban(input: Operations["conversation.unban"]["input"], options?: Options): Promise<Operations["conversation.unban"]["result"]>;
    /** Take an invitation back: one of mine, or any of a group that I own or am an admin of. */
    uninvite(input: Operations["conversation.uninvite"]["input"], options?: Options): Promise<Operations["conversation.uninvite"]["result"]>;
    /** Give a group another title or who may do what in it, add people to it, or leave it. */
    update(input: Operations["conversation.update"]["input"], options?: Options): Promise<Operations["conversation.update"]["result"]>;
  };
  email: {
    /** Leave my address as it is: the link that was mailed to another is good no longer. */
    cancel_change(input?: Operations["email.cancel_change"]["input"], options?: Options): Promise<Operations["email.cancel_change"]["result"]>;
    /** Have a link mailed to a new address, which is mine once it is followed, within 24 hours. */
    change(input: Operations["email.change"]["input"], options?: Options): Promise<Operations["email.change"]["result"]>;
    /** Make a new address the account's by the link in the mail that was sent there. */
    confirm_change(input: Operations["email.confirm_change"]["input"], options?: Options): Promise<Operations["email.confirm_change"]["result"]>;
    /** Opt out of mails of new followers and unread notifications, by the token in one of them. */
    unsubscribe(input: Operations["email.unsubscribe"]["input"], options?: Options): Promise<Operations["email.unsubscribe"]["result"]>;
    /** Confirm an e-mail address by the link in the mail. */
    verify(input: Operations["email.verify"]["input"], options?: Options): Promise<Operations["email.verify"]["result"]>;
    /** Have the link to confirm my address mailed again, unless it is confirmed. */
    verify_again(input?: Operations["email.verify_again"]["input"], options?: Options): Promise<Operations["email.verify_again"]["result"]>;
  };
  feed: {
    /** List my feed: posts and retweets by those I follow and me, the newest first, a post once. */
    list(input?: Operations["feed.list"]["input"], options?: Options): Promise<Operations["feed.list"]["result"]>;
  };
  group_link: {
    /** Make a link into a group that I own or am an admin of; its token is for who may join. */
    create(input: Operations["group_link.create"]["input"], options?: Options): Promise<Operations["group_link.create"]["result"]>;
    /** Join a group by a link, or ask to where an admin has to approve. */
    join(input: Operations["group_link.join"]["input"], options?: Options): Promise<Operations["group_link.join"]["result"]>;
    /** List the links into a group that I own or am an admin of, the newest first. */
    list(input: Operations["group_link.list"]["input"], options?: Options): Promise<Operations["group_link.list"]["result"]>;
    /** See which group a link leads to, before joining it. */
    preview(input: Operations["group_link.preview"]["input"], options?: Options): Promise<Operations["group_link.preview"]["result"]>;
    /** Make a link good for nothing, of a group that I own or am an admin of. */
    revoke(input: Operations["group_link.revoke"]["input"], options?: Options): Promise<Operations["group_link.revoke"]["result"]>;
  };
  hashtag: {
    /** List hashtags that more accounts used within 24 hours than usual, by how many more. */
    trending(input?: Operations["hashtag.trending"]["input"], options?: Options): Promise<Operations["hashtag.trending"]["result"]>;
  };
  incoming_webhook: {
    /** Make a URL by which a program posts as me, or writes into a conversation; shown this once. */
    create(input: Operations["incoming_webhook.create"]["input"], options?: Options): Promise<Operations["incoming_webhook.create"]["result"]>;
    /** List the URLs by which programs post or write as me, the newest first. */
    list(input?: Operations["incoming_webhook.list"]["input"], options?: Options): Promise<Operations["incoming_webhook.list"]["result"]>;
    /** Post, or write, as the one who made this URL; as JSON or as a form's `payload`. */
    receive(input: Operations["incoming_webhook.receive"]["input"], options?: Options): Promise<Operations["incoming_webhook.receive"]["result"]>;
    /** Make such a URL of mine good for nothing. */
    revoke(input: Operations["incoming_webhook.revoke"]["input"], options?: Options): Promise<Operations["incoming_webhook.revoke"]["result"]>;
  };
  invitation: {
    /** Join a group that I am invited to. */
    accept(input: Operations["invitation.accept"]["input"], options?: Options): Promise<Operations["invitation.accept"]["result"]>;
    /** Decline an invitation, or take back that I asked to join. */
    decline(input: Operations["invitation.decline"]["input"], options?: Options): Promise<Operations["invitation.decline"]["result"]>;
    /** List the groups that I am invited to, the newest invitation first. */
    list(input?: Operations["invitation.list"]["input"], options?: Options): Promise<Operations["invitation.list"]["result"]>;
  };
  media: {
    /** Get a picture that I have sent. */
    get(input: Operations["media.get"]["input"], options?: Options): Promise<Operations["media.get"]["result"]>;
    /** Say what a picture of mine shows, also of one that is posted already. */
    update(input: Operations["media.update"]["input"], options?: Options): Promise<Operations["media.update"]["result"]>;
    /** Send a picture for a post or message, which has 24 hours to name it in media_ids. */
    upload(input: Operations["media.upload"]["input"], options?: Options): Promise<Operations["media.upload"]["result"]>;
  };
  message: {
    /** Take my message back: its place stays, its content goes. */
    delete(input: Operations["message.delete"]["input"], options?: Options): Promise<Operations["message.delete"]["result"]>;
    /** List the messages of a conversation, the newest first. */
    list(input: Operations["message.list"]["input"], options?: Options): Promise<Operations["message.list"]["result"]>;
    /** Pin a message, where all in the conversation find it. */
    pin(input: Operations["message.pin"]["input"], options?: Options): Promise<Operations["message.pin"]["result"]>;
    /** React to a message with an emoji, once with each. */
    react(input: Operations["message.react"]["input"], options?: Options): Promise<Operations["message.react"]["result"]>;
    /** Find messages in my conversations by their words, the newest first. */
    search(input: Operations["message.search"]["input"], options?: Options): Promise<Operations["message.search"]["result"]>;
    /** Send a message. A retry with the same client_id answers the first result. */
    send(input: Operations["message.send"]["input"], options?: Options): Promise<Operations["message.send"]["result"]>;
    /** Have a message pinned no longer. */
    unpin(input: Operations["message.unpin"]["input"], options?: Options): Promise<Operations["message.unpin"]["result"]>;
    /** Take a reaction to a message back. */
    unreact(input: Operations["message.unreact"]["input"], options?: Options): Promise<Operations["message.unreact"]["result"]>;
    /** Count the unread messages over all my conversations. */
    unread_count(input?: Operations["message.unread_count"]["input"], options?: Options): Promise<Operations["message.unread_count"]["result"]>;
    /** Change my message; what is left out stays as it is. */
    update(input: Operations["message.update"]["input"], options?: Options): Promise<Operations["message.update"]["result"]>;
  };
  message_request: {
    /** Have a message request among my conversations from now on. */
    accept(input: Operations["message_request.accept"]["input"], options?: Options): Promise<Operations["message_request.accept"]["result"]>;
    /** Have a message request gone for me, and what else is written there; nobody is told. */
    decline(input: Operations["message_request.decline"]["input"], options?: Options): Promise<Operations["message_request.decline"]["result"]>;
    /** List the message requests that wait for my answer, latest activity first. */
    list(input?: Operations["message_request.list"]["input"], options?: Options): Promise<Operations["message_request.list"]["result"]>;
    /** Count the message requests that have something that I have not read. */
    unread_count(input?: Operations["message_request.unread_count"]["input"], options?: Options): Promise<Operations["message_request.unread_count"]["result"]>;
  };
  mute: {
    /** List whom I mute, the newest mute first. */
    list(input?: Operations["mute.list"]["input"], options?: Options): Promise<Operations["mute.list"]["result"]>;
  };
  muted_word: {
    /** Mute a word, phrase or hashtag; the very same again is changed to what is asked for. */
    add(input: Operations["muted_word.add"]["input"], options?: Options): Promise<Operations["muted_word.add"]["result"]>;
    /** List the words that I have muted, but for those whose time is over. */
    list(input?: Operations["muted_word.list"]["input"], options?: Options): Promise<Operations["muted_word.list"]["result"]>;
    /** Mute a word no longer. */
    remove(input: Operations["muted_word.remove"]["input"], options?: Options): Promise<Operations["muted_word.remove"]["result"]>;
    /** Change where, how and for how long I have muted a word. */
    update(input: Operations["muted_word.update"]["input"], options?: Options): Promise<Operations["muted_word.update"]["result"]>;
  };
  notification: {
    /** List my notifications, the newest first; of messages only by a token for these, too. */
    list(input?: Operations["notification.list"]["input"], options?: Options): Promise<Operations["notification.list"]["result"]>;
    /** Mark notifications as read: these, or all. */
    read(input?: Operations["notification.read"]["input"], options?: Options): Promise<Operations["notification.read"]["result"]>;
    /** Mark one notification as read; of a message only by a token for these, too. */
    read_one(input: Operations["notification.read_one"]["input"], options?: Options): Promise<Operations["notification.read_one"]["result"]>;
    /** Count my unread notifications. */
    unread_count(input?: Operations["notification.unread_count"]["input"], options?: Options): Promise<Operations["notification.unread_count"]["result"]>;
  };
  password: {
    /** Have a link to set a new password mailed, good for an hour. */
    ask_for_reset(input: Operations["password.ask_for_reset"]["input"], options?: Options): Promise<Operations["password.ask_for_reset"]["result"]>;
    /** Change my password; my other sessions end. */
    change(input: Operations["password.change"]["input"], options?: Options): Promise<Operations["password.change"]["result"]>;
    /** Set a new password by the link in the mail; every session ends. */
    reset(input: Operations["password.reset"]["input"], options?: Options): Promise<Operations["password.reset"]["result"]>;
  };
  pin: {
    /** List what is pinned in a conversation, the last pinned first. */
    list(input: Operations["pin.list"]["input"], options?: Options): Promise<Operations["pin.list"]["result"]>;
  };
  poll: {
    /** Vote in the poll of a post, for good; the same vote again changes nothing. */
    vote(input: Operations["poll.vote"]["input"], options?: Options): Promise<Operations["poll.vote"]["result"]>;
  };
  post: {
    /** Keep a post among my bookmarks, which nobody else sees. */
    bookmark(input: Operations["post.bookmark"]["input"], options?: Options): Promise<Operations["post.bookmark"]["result"]>;
    /** Post, reply to a post or quote one. A retry with the same client_id answers the first. */
    create(input?: Operations["post.create"]["input"], options?: Options): Promise<Operations["post.create"]["result"]>;
    /** Delete my post (an admin: any); its replies stay. */
    delete(input: Operations["post.delete"]["input"], options?: Options): Promise<Operations["post.delete"]["result"]>;
    /** Get a post. */
    get(input: Operations["post.get"]["input"], options?: Options): Promise<Operations["post.get"]["result"]>;
    /** List the earlier versions of a post, the newest first; none where it was never edited. */
    history(input: Operations["post.history"]["input"], options?: Options): Promise<Operations["post.history"]["result"]>;
    /** Like a post; liked twice counts once. */
    like(input: Operations["post.like"]["input"], options?: Options): Promise<Operations["post.like"]["result"]>;
    /** List who likes a post, the newest first. */
    likes(input: Operations["post.likes"]["input"], options?: Options): Promise<Operations["post.likes"]["result"]>;
    /** List everybody's posts, the newest first; filters are combined. */
    list(input?: Operations["post.list"]["input"], options?: Options): Promise<Operations["post.list"]["result"]>;
    /** Pin a post of mine: my profile shows it first, in place of any that was pinned before. */
    pin(input: Operations["post.pin"]["input"], options?: Options): Promise<Operations["post.pin"]["result"]>;
    /** List the posts that quote a post, the newest first. */
    quotes(input: Operations["post.quotes"]["input"], options?: Options): Promise<Operations["post.quotes"]["result"]>;
    /** List the replies to a post, the oldest first. */
    replies(input: Operations["post.replies"]["input"], options?: Options): Promise<Operations["post.replies"]["result"]>;
    /** Retweet a post: it comes into the feeds of my followers. */
    retweet(input: Operations["post.retweet"]["input"], options?: Options): Promise<Operations["post.retweet"]["result"]>;
    /** List who retweeted a post, the newest first. */
    retweets(input: Operations["post.retweets"]["input"], options?: Options): Promise<Operations["post.retweets"]["result"]>;
    /** Withdraw my post from the post that quotes it, by the id of that: for good, and everybody. */
    revoke_quote(input: Operations["post.revoke_quote"]["input"], options?: Options): Promise<Operations["post.revoke_quote"]["result"]>;
    /** Get a post with the 100 nearest that it answers and the 200 nearest replies, depth first. */
    thread(input: Operations["post.thread"]["input"], options?: Options): Promise<Operations["post.thread"]["result"]>;
    /** Take a post out of my bookmarks. */
    unbookmark(input: Operations["post.unbookmark"]["input"], options?: Options): Promise<Operations["post.unbookmark"]["result"]>;
    /** Take a like back. */
    unlike(input: Operations["post.unlike"]["input"], options?: Options): Promise<Operations["post.unlike"]["result"]>;
    /** Pin a post no longer. */
    unpin(input: Operations["post.unpin"]["input"], options?: Options): Promise<Operations["post.unpin"]["result"]>;
    /** Take a retweet back. */
    unretweet(input: Operations["post.unretweet"]["input"], options?: Options): Promise<Operations["post.unretweet"]["result"]>;
    /** Watch these posts no longer. */
    unwatch(input: Operations["post.unwatch"]["input"], options?: Options): Promise<Operations["post.unwatch"]["result"]>;
    /** Change my post; what is left out stays as it is. */
    update(input: Operations["post.update"]["input"], options?: Options): Promise<Operations["post.update"]["result"]>;
    /** Watch these posts as well; answers their counts now. */
    watch(input: Operations["post.watch"]["input"], options?: Options): Promise<Operations["post.watch"]["result"]>;
  };
  presence: {
    /** Watch the presence of these users, and of no others; answers their state now. */
    watch(input: Operations["presence.watch"]["input"], options?: Options): Promise<Operations["presence.watch"]["result"]>;
  };
  profile: {
    /** Get a profile; its id is the user's. */
    get(input: Operations["profile.get"]["input"], options?: Options): Promise<Operations["profile.get"]["result"]>;
    /** List profiles, the newest first; those that are searched for, the most alike first. */
    list(input?: Operations["profile.list"]["input"], options?: Options): Promise<Operations["profile.list"]["result"]>;
    /** Get the profile of who has exactly this username, in capitals or not. */
    lookup(input: Operations["profile.lookup"]["input"], options?: Options): Promise<Operations["profile.lookup"]["result"]>;
    /** Get my profile. */
    mine(input?: Operations["profile.mine"]["input"], options?: Options): Promise<Operations["profile.mine"]["result"]>;
    /** Change my profile; what is left out stays, and null takes the avatar or the banner off. */
    update(input?: Operations["profile.update"]["input"], options?: Options): Promise<Operations["profile.update"]["result"]>;
  };
  push: {
    /** Read whether this session receives Web Push, and the server's public key. */
    get(input?: Operations["push.get"]["input"], options?: Options): Promise<Operations["push.get"]["result"]>;
    /** Have this session receive Web Push, there and nowhere else, until it ends. */
    subscribe(input: Operations["push.subscribe"]["input"], options?: Options): Promise<Operations["push.subscribe"]["result"]>;
    /** Have this session receive no Web Push. */
    unsubscribe(input?: Operations["push.unsubscribe"]["input"], options?: Options): Promise<Operations["push.unsubscribe"]["result"]>;
  };
  reaction: {
    /** List who has reacted to a message, with this emoji or any, the newest first. */
    list(input: Operations["reaction.list"]["input"], options?: Options): Promise<Operations["reaction.list"]["result"]>;
  };
  report: {
    /** Report a user, a post or a message to the admins. */
    create(input: Operations["report.create"]["input"], options?: Options): Promise<Operations["report.create"]["result"]>;
  };
  /** Find the best 300: posts by words and age, users and hashtags by name and use. */
  search(input: Operations["search"]["input"], options?: Options): Promise<Operations["search"]["result"]>;
  second_factor: {
    /** Get a secret for a program that makes codes (TOTP); nothing changes until it is confirmed. */
    begin(input: Operations["second_factor.begin"]["input"], options?: Options): Promise<Operations["second_factor.begin"]["result"]>;
    /** Have my logins take a code from now on; the recovery codes are shown this once. */
    confirm(input: Operations["second_factor.confirm"]["input"], options?: Options): Promise<Operations["second_factor.confirm"]["result"]>;
    /** Have my logins take the password alone. */
    end(input: Operations["second_factor.end"]["input"], options?: Options): Promise<Operations["second_factor.end"]["result"]>;
    /** Get whether my logins take a code, too, and how many recovery codes are left. */
    get(input?: Operations["second_factor.get"]["input"], options?: Options): Promise<Operations["second_factor.get"]["result"]>;
    /** Get new recovery codes in place of all before; none where logins take no code. */
    recovery_codes(input: Operations["second_factor.recovery_codes"]["input"], options?: Options): Promise<Operations["second_factor.recovery_codes"]["result"]>;
  };
  session: {
    /** Log out one of my sessions: its tokens and sockets are good no longer. */
    end(input: Operations["session.end"]["input"], options?: Options): Promise<Operations["session.end"]["result"]>;
    /** List where I am logged in, the newest first. */
    list(input?: Operations["session.list"]["input"], options?: Options): Promise<Operations["session.list"]["result"]>;
    /** Log in: an access token for requests, a refresh token for the next pair. */
    open(input: Operations["session.open"]["input"], options?: Options): Promise<Operations["session.open"]["result"]>;
    /** Go on with a fresh access token of the same user. */
    refresh(input: Operations["session.refresh"]["input"], options?: Options): Promise<Operations["session.refresh"]["result"]>;
    /** Log out the session of a refresh token: its tokens and sockets are good no longer. */
    revoke(input?: Operations["session.revoke"]["input"], options?: Options): Promise<Operations["session.revoke"]["result"]>;
    /** Exchange a refresh token for a new pair; used again later, it ends the session. */
    rotate(input?: Operations["session.rotate"]["input"], options?: Options): Promise<Operations["session.rotate"]["result"]>;
  };
  stream: {
    /** Listen to a stream of new posts; what came since the cursor has been sent by the ack. */
    subscribe(input: Operations["stream.subscribe"]["input"], options?: Options): Promise<Operations["stream.subscribe"]["result"]>;
    /** Listen to a stream no longer. */
    unsubscribe(input: Operations["stream.unsubscribe"]["input"], options?: Options): Promise<Operations["stream.unsubscribe"]["result"]>;
  };
  token: {
    /** Make a personal access token, which is shown this once; I am mailed that there is one. */
    create(input: Operations["token.create"]["input"], options?: Options): Promise<Operations["token.create"]["result"]>;
    /** List the personal access tokens of me and my bots, newest first, without what they are. */
    list(input?: Operations["token.list"]["input"], options?: Options): Promise<Operations["token.list"]["result"]>;
    /** End a personal access token: it and its sockets are good no longer. */
    revoke(input: Operations["token.revoke"]["input"], options?: Options): Promise<Operations["token.revoke"]["result"]>;
  };
  /** Show the other participants that I am typing; to be repeated every 5 s at least. */
  typing(input: Operations["typing"]["input"], options?: Options): Promise<Operations["typing"]["result"]>;
  user: {
    /** Block a user: nothing of theirs reaches me any more, and nothing of mine them. */
    block(input: Operations["user.block"]["input"], options?: Options): Promise<Operations["user.block"]["result"]>;
    /** Change settings of my account; what is left out stays. */
    configure(input?: Operations["user.configure"]["input"], options?: Options): Promise<Operations["user.configure"]["result"]>;
    /** Delete my account: nobody sees it any more, nor my bots; messages stay. */
    delete(input: Operations["user.delete"]["input"], options?: Options): Promise<Operations["user.delete"]["result"]>;
    /** Download all my data, as one file. */
    export(input?: Operations["user.export"]["input"], options?: Options): Promise<Operations["user.export"]["result"]>;
    /** Follow a user: their posts and retweets come into my feed. */
    follow(input: Operations["user.follow"]["input"], options?: Options): Promise<Operations["user.follow"]["result"]>;
    /** List who follows a user, the newest first. */
    followers(input: Operations["user.followers"]["input"], options?: Options): Promise<Operations["user.followers"]["result"]>;
    /** List whom a user follows, the newest first. */
    following(input: Operations["user.following"]["input"], options?: Options): Promise<Operations["user.following"]["result"]>;
    /** Get a user. */
    get(input: Operations["user.get"]["input"], options?: Options): Promise<Operations["user.get"]["result"]>;
    /** Get the account that the token is for. */
    me(input?: Operations["user.me"]["input"], options?: Options): Promise<Operations["user.me"]["result"]>;
    /** Mute a user: out of my feed and notifications, without their knowing. */
    mute(input: Operations["user.mute"]["input"], options?: Options): Promise<Operations["user.mute"]["result"]>;
    /** List what a user posted and retweeted, the newest first, or one kind of it. */
    posts(input: Operations["user.posts"]["input"], options?: Options): Promise<Operations["user.posts"]["result"]>;
    /** Create an account. */
    register(input: Operations["user.register"]["input"], options?: Options): Promise<Operations["user.register"]["result"]>;
    /** Change my username; the one before leads to me, and is nobody else's, for 30 days. */
    rename(input: Operations["user.rename"]["input"], options?: Options): Promise<Operations["user.rename"]["result"]>;
    /** Unblock a user; who followed whom is not restored. */
    unblock(input: Operations["user.unblock"]["input"], options?: Options): Promise<Operations["user.unblock"]["result"]>;
    /** Stop following a user. */
    unfollow(input: Operations["user.unfollow"]["input"], options?: Options): Promise<Operations["user.unfollow"]["result"]>;
    /** Unmute a user: back into my feed and notifications. */
    unmute(input: Operations["user.unmute"]["input"], options?: Options): Promise<Operations["user.unmute"]["result"]>;
  };
  webhook: {
    /** Have events of mine sent to a URL from now on; the secret is shown this once. */
    create(input: Operations["webhook.create"]["input"], options?: Options): Promise<Operations["webhook.create"]["result"]>;
    /** Forget a webhook of mine; what waits is not sent. */
    delete(input: Operations["webhook.delete"]["input"], options?: Options): Promise<Operations["webhook.delete"]["result"]>;
    /** List what waits for a webhook of mine, and what came of the last 100, the newest first. */
    deliveries(input: Operations["webhook.deliveries"]["input"], options?: Options): Promise<Operations["webhook.deliveries"]["result"]>;
    /** Get a webhook of mine. */
    get(input: Operations["webhook.get"]["input"], options?: Options): Promise<Operations["webhook.get"]["result"]>;
    /** List my webhooks, the newest first. */
    list(input?: Operations["webhook.list"]["input"], options?: Options): Promise<Operations["webhook.list"]["result"]>;
    /** Send something again, under the same `webhook-id`, as it is to be seen now. */
    redeliver(input: Operations["webhook.redeliver"]["input"], options?: Options): Promise<Operations["webhook.redeliver"]["result"]>;
    /** Get another secret, shown this once; for 24 hours the one before signs, too. */
    rotate_secret(input: Operations["webhook.rotate_secret"]["input"], options?: Options): Promise<Operations["webhook.rotate_secret"]["result"]>;
    /** Send a `webhook.test` to a webhook of mine; what comes of it is among its deliveries. */
    test(input: Operations["webhook.test"]["input"], options?: Options): Promise<Operations["webhook.test"]["result"]>;
    /** Change a webhook of mine, turn it off or on; what is left out stays as it is. */
    update(input: Operations["webhook.update"]["input"], options?: Options): Promise<Operations["webhook.update"]["result"]>;
  };
}
