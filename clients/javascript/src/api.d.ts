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

read_up_to: how far each participant has read; who has read nothing is not in it. */
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
}

/** To everybody in it when it begins; later, to those who are added. */
export interface ConversationCreated {
  conversation: Conversation;
}

/** A participant has read up to a message: to the other participants. */
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

/** How often a post was liked, retweeted and replied to. */
export interface Counts {
  post_id: number;
  likes_count: number;
  retweets_count: number;
  replies_count: number;
}

/** When the access token of a socket ends. */
export interface ExpiresAt {
  expires_at: string;
}

/** All of a user's data, oldest first but for conversations; images are at the URLs within.

Likes stand in the order of their posts. */
export interface Export {
  exported_at: string;
  account: ExportedAccount;
  profile: Profile;
  posts: Post[];
  post_versions: ExportedPostVersion[];
  likes: ExportedReaction[];
  retweets: ExportedReaction[];
  bookmarks: ExportedReaction[];
  following: ExportedRelationship[];
  followers: ExportedRelationship[];
  blocks: ExportedRelationship[];
  mutes: ExportedRelationship[];
  notifications: Notification[];
  sessions: ExportedSession[];
  reports: ExportedReport[];
  messages_in_groups_left: Message[];
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
  email: string;
  is_admin: boolean;
  unread_notifications: number;
  unread_messages: number;
  email_verified: boolean;
  digest_mails: boolean;
  email_verified_at: string | null;
  last_seen_at: string | null;
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
  messages: Message[];
}

/** What a post said before it was edited, and since when. */
export interface ExportedPostVersion {
  post_id: number;
  content: string;
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

/** Posts newer than feed_since, oldest first; more: there are further ones over REST. */
export interface Feed {
  posts: Post[];
  more: boolean;
  cursor: string;
}

/** A hashtag, without its #, and how many posts have it. */
export interface Hashtag {
  tag: string;
  posts_count: number;
}

/** Which mails a user gets. */
export interface MailSettings {
  digest_mails: boolean;
}

/** A user as that user sees it.

digest_mails: whether I want mails of new followers and unread notifications. */
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
  email: string;
  is_admin: boolean;
  unread_notifications: number;
  unread_messages: number;
  email_verified: boolean;
  digest_mails: boolean;
}

/** A deleted message keeps its place, without its content. */
export interface Message {
  id: number;
  conversation_id: number;
  sender: UserRef;
  content: string;
  client_id: string | null;
  created_at: string;
  edited_at: string | null;
  deleted: boolean;
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

/** The sender has changed the content. */
export interface MessageUpdated {
  message: Message;
}

/** What somebody did that concerns the user, or a post of the user's.

post: what post_id is of, as it is now; null where its author is suspended. */
export interface Notification {
  id: number;
  kind: "like" | "follow" | "retweet" | "reply" | "mention";
  actor: UserRef;
  post_id: number | null;
  read: boolean;
  created_at: string;
  post: PostExcerpt | null;
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

/** A post as one viewer sees it; liked, retweeted and bookmarked are null in live events. */
export interface Post {
  id: number;
  author: UserRef;
  content: string;
  image: string | null;
  reply_to: number | null;
  hashtags: string[];
  mentions: UserRef[];
  likes_count: number;
  retweets_count: number;
  replies_count: number;
  liked: boolean | null;
  retweeted: boolean | null;
  bookmarked: boolean | null;
  created_at: string;
  edited_at: string | null;
  retweeted_by: UserRef | null;
}

/** To who watches the post; changes within half a second come as one. */
export interface PostCounts {
  post_id: number;
  likes_count: number;
  retweets_count: number;
  replies_count: number;
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
}

/** The author has changed the content. */
export interface PostUpdated {
  post: Post;
}

/** A former content of a post; created_at is when it was written. */
export interface PostVersion {
  id: number;
  content: string;
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
  code: "malformed" | "body_timeout" | "payload_too_large" | "unsupported_media_type" | "unsupported_image" | "token_missing" | "token_invalid" | "token_expired" | "session_ended" | "wrong_credentials" | "account_suspended" | "admin_required" | "cross_origin" | "blocked" | "not_author" | "not_a_group" | "token_mismatch" | "not_found" | "unknown_route" | "unknown_command" | "method_not_allowed" | "username_taken" | "email_taken" | "conversation_full" | "report_closed" | "invalid" | "invalid_cursor" | "invalid_resume" | "invalid_image" | "contradiction" | "key_reused" | "self_target" | "watch_limit" | "wrong_password" | "link_invalid" | "rate_limited" | "too_many_attempts" | "too_many_connections" | "busy" | "internal" | "unavailable" | "draining";
  /** For the developer; its wording may change. */
  detail: string;
  /** What is wrong with which field of the input, where the problem is about some. */
  errors?: Record<string, string[]>;
  /** The id of the request or command, as the server's log lines have it. */
  request_id?: string;
  /** Seconds, where the same may be asked again later. */
  retry_after?: number;
}

/** The public face of an account, which has exactly one; id is the user's. */
export interface Profile {
  id: number;
  user: UserRef;
  display_name: string;
  bio: string;
  avatar: string | null;
  location: string;
  website: string;
  followers_count: number;
  following_count: number;
  posts_count: number;
  created_at: string;
}

/** Up to which message a participant has read. */
export interface ReadMark {
  user_id: number;
  up_to: number;
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
  conversation_id: number | null;
}

/** fresh: no `since` given; resumed: the missed events follow; reset: refetch over REST. */
export interface Resume {
  status: "fresh" | "resumed" | "reset";
  missed: number;
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

/** The first event of every socket. expires_at is when its token does. */
export interface SessionReady {
  user: Me;
  session_id: number;
  seq: number;
  epoch: string;
  expires_at: string;
  resume: Resume;
  feed: Feed;
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

/** A user as one viewer sees it: whom the viewer follows, is followed by, blocks, mutes. */
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
}

/** A user as others refer to it. */
export interface UserRef {
  id: number;
  username: string;
  display_name: string;
  avatar: string | null;
}

/** The data of each event by its name. */
export interface Events {
  "message.created": MessageCreated;
  "message.updated": MessageUpdated;
  "message.deleted": MessageDeleted;
  "conversation.created": ConversationCreated;
  "conversation.updated": ConversationUpdated;
  "conversation.read": ConversationRead | ConversationReadByMe;
  "notification.created": NotificationCreated;
  "notification.read": NotificationRead;
  "notification.deleted": NotificationDeleted;
  "relationship.changed": RelationshipChanged;
  "post.created": PostCreated;
  "post.updated": PostUpdated;
  "post.deleted": PostDeleted;
  "post.counts": PostCounts;
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
  "admin.report.list": { input: { limit?: number; cursor?: string; status?: "open" | "resolved" | "dismissed" | null }; result: Page<AdminReport> };
  "admin.user.list": { input: { limit?: number; cursor?: string; search?: string; suspended?: boolean }; result: Page<Account> };
  "admin.user.make_admin": { input: { id: number; reason?: string | null }; result: Account };
  "admin.user.restore": { input: { id: number; reason?: string | null }; result: Account };
  "admin.user.revoke_admin": { input: { id: number; reason?: string | null }; result: Account };
  "admin.user.suspend": { input: { id: number; reason?: string | null }; result: Account };
  "block.list": { input: { limit?: number; cursor?: string }; result: Page<User> };
  "bookmark.list": { input: { limit?: number; cursor?: string }; result: Page<Post> };
  "conversation.create": { input: { participants: number[]; title?: string | null }; result: Conversation };
  "conversation.get": { input: { conversation_id: number }; result: Conversation };
  "conversation.list": { input: { limit?: number; cursor?: string }; result: Page<Conversation> };
  "conversation.read": { input: { conversation_id: number; up_to: number }; result: UnreadCount };
  "conversation.update": { input: { conversation_id: number; title?: string; add?: number[]; leave?: boolean }; result: Conversation };
  "email.unsubscribe": { input: { token: string }; result: MailSettings };
  "email.verify": { input: { token: string }; result: null };
  "email.verify_again": { input: Record<string, never>; result: null };
  "feed.list": { input: { limit?: number; cursor?: string; since_id?: number }; result: Page<Post> };
  "hashtag.trending": { input: { limit?: number }; result: Trends };
  "message.delete": { input: { conversation_id: number; id: number }; result: null };
  "message.list": { input: { conversation_id: number; limit?: number; cursor?: string }; result: Page<Message> };
  "message.send": { input: { conversation_id: number; content: string; client_id?: string | null }; result: Message };
  "message.unread_count": { input: Record<string, never>; result: UnreadCount };
  "message.update": { input: { conversation_id: number; id: number; content: string }; result: Message };
  "mute.list": { input: { limit?: number; cursor?: string }; result: Page<User> };
  "notification.list": { input: { limit?: number; cursor?: string; unread?: boolean }; result: Page<Notification> };
  "notification.read": { input: { ids?: number[] | null }; result: UnreadCount };
  "notification.read_one": { input: { id: number }; result: Notification };
  "notification.unread_count": { input: Record<string, never>; result: UnreadCount };
  "password.ask_for_reset": { input: { email: string }; result: null };
  "password.change": { input: { current_password: string; new_password: string }; result: null };
  "password.reset": { input: { token: string; password: string }; result: null };
  "post.bookmark": { input: { id: number }; result: Post };
  "post.create": { input: { content: string; reply_to?: number | null; client_id?: string | null; image?: Blob }; result: Post };
  "post.delete": { input: { id: number }; result: null };
  "post.get": { input: { id: number }; result: Post };
  "post.history": { input: { id: number; limit?: number; cursor?: string }; result: Page<PostVersion> };
  "post.like": { input: { id: number }; result: Post };
  "post.likes": { input: { id: number; limit?: number; cursor?: string }; result: Page<User> };
  "post.list": { input: { limit?: number; cursor?: string; search?: string; hashtag?: string; author?: string }; result: Page<Post> };
  "post.replies": { input: { id: number; limit?: number; cursor?: string }; result: Page<Post> };
  "post.retweet": { input: { id: number }; result: Post };
  "post.retweets": { input: { id: number; limit?: number; cursor?: string }; result: Page<User> };
  "post.thread": { input: { id: number }; result: Thread };
  "post.unbookmark": { input: { id: number }; result: Post };
  "post.unlike": { input: { id: number }; result: Post };
  "post.unretweet": { input: { id: number }; result: Post };
  "post.unwatch": { input: { ids: number[] }; result: null };
  "post.update": { input: { id: number; content: string }; result: Post };
  "post.watch": { input: { ids: number[] }; result: Counts[] };
  "presence.watch": { input: { user_ids: number[] }; result: PresenceChanged[] };
  "profile.get": { input: { id: number }; result: Profile };
  "profile.list": { input: { limit?: number; cursor?: string; search?: string }; result: Page<Profile> };
  "profile.mine": { input: Record<string, never>; result: Profile };
  "profile.update": { input: { display_name?: string; bio?: string; location?: string; website?: string; avatar?: Blob }; result: Profile };
  "report.create": { input: { reason: string; user_id?: number; post_id?: number; message_id?: number }; result: Report };
  "search": { input: { q: string; limit?: number; cursor?: string; type?: "posts" | "users" | "hashtags" }; result: Page<Post | User | Hashtag> };
  "session.end": { input: { id: number }; result: null };
  "session.list": { input: { limit?: number; cursor?: string }; result: Page<OwnSession> };
  "session.open": { input: { username: string; password: string; cookie?: boolean }; result: TokenPair };
  "session.refresh": { input: { token: string }; result: ExpiresAt };
  "session.revoke": { input: { refresh?: string | null }; result: null };
  "session.rotate": { input: { refresh?: string | null; cookie?: boolean }; result: TokenPair };
  "typing": { input: { conversation_id: number; active: boolean }; result: null };
  "user.block": { input: { id: number }; result: User };
  "user.configure": { input: { digest_mails?: boolean | null }; result: Me };
  "user.delete": { input: { password: string }; result: null };
  "user.export": { input: Record<string, never>; result: Export };
  "user.follow": { input: { id: number }; result: User };
  "user.followers": { input: { id: number; limit?: number; cursor?: string }; result: Page<User> };
  "user.following": { input: { id: number; limit?: number; cursor?: string }; result: Page<User> };
  "user.get": { input: { id: number }; result: User };
  "user.me": { input: Record<string, never>; result: Me };
  "user.mute": { input: { id: number }; result: User };
  "user.posts": { input: { id: number; limit?: number; cursor?: string }; result: Page<Post> };
  "user.register": { input: { username: string; email: string; password: string; display_name?: string }; result: Me };
  "user.unblock": { input: { id: number }; result: User };
  "user.unfollow": { input: { id: number }; result: User };
  "user.unmute": { input: { id: number }; result: User };
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
  conversation: {
    /** Open a conversation; the one with the same single user is made once. */
    create(input: Operations["conversation.create"]["input"], options?: Options): Promise<Operations["conversation.create"]["result"]>;
    /** Get a conversation that I am in. */
    get(input: Operations["conversation.get"]["input"], options?: Options): Promise<Operations["conversation.get"]["result"]>;
    /** List my conversations, latest activity first. */
    list(input?: Operations["conversation.list"]["input"], options?: Options): Promise<Operations["conversation.list"]["result"]>;
    /** Mark a conversation as read up to a message; answers how many are left in it. */
    read(input: Operations["conversation.read"]["input"], options?: Options): Promise<Operations["conversation.read"]["result"]>;
    /** Give a group another title, add people to it, or leave it. */
    update(input: Operations["conversation.update"]["input"], options?: Options): Promise<Operations["conversation.update"]["result"]>;
  };
  email: {
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
  hashtag: {
    /** List hashtags that more accounts used within 24 hours than usual, by how many more. */
    trending(input?: Operations["hashtag.trending"]["input"], options?: Options): Promise<Operations["hashtag.trending"]["result"]>;
  };
  message: {
    /** Take my message back: its place stays, its content goes. */
    delete(input: Operations["message.delete"]["input"], options?: Options): Promise<Operations["message.delete"]["result"]>;
    /** List the messages of a conversation, the newest first. */
    list(input: Operations["message.list"]["input"], options?: Options): Promise<Operations["message.list"]["result"]>;
    /** Send a message. A retry with the same client_id answers the first result. */
    send(input: Operations["message.send"]["input"], options?: Options): Promise<Operations["message.send"]["result"]>;
    /** Count the unread messages over all my conversations. */
    unread_count(input?: Operations["message.unread_count"]["input"], options?: Options): Promise<Operations["message.unread_count"]["result"]>;
    /** Replace the content of my message. */
    update(input: Operations["message.update"]["input"], options?: Options): Promise<Operations["message.update"]["result"]>;
  };
  mute: {
    /** List whom I mute, the newest mute first. */
    list(input?: Operations["mute.list"]["input"], options?: Options): Promise<Operations["mute.list"]["result"]>;
  };
  notification: {
    /** List my notifications, the newest first. */
    list(input?: Operations["notification.list"]["input"], options?: Options): Promise<Operations["notification.list"]["result"]>;
    /** Mark notifications as read: these, or all. */
    read(input?: Operations["notification.read"]["input"], options?: Options): Promise<Operations["notification.read"]["result"]>;
    /** Mark one notification as read. */
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
  post: {
    /** Keep a post among my bookmarks, which nobody else sees. */
    bookmark(input: Operations["post.bookmark"]["input"], options?: Options): Promise<Operations["post.bookmark"]["result"]>;
    /** Post, or reply to a post. A retry with the same client_id answers the first result. */
    create(input: Operations["post.create"]["input"], options?: Options): Promise<Operations["post.create"]["result"]>;
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
    /** List the replies to a post, the oldest first. */
    replies(input: Operations["post.replies"]["input"], options?: Options): Promise<Operations["post.replies"]["result"]>;
    /** Retweet a post: it comes into the feeds of my followers. */
    retweet(input: Operations["post.retweet"]["input"], options?: Options): Promise<Operations["post.retweet"]["result"]>;
    /** List who retweeted a post, the newest first. */
    retweets(input: Operations["post.retweets"]["input"], options?: Options): Promise<Operations["post.retweets"]["result"]>;
    /** Get a post with the 100 nearest that it answers and the 200 nearest replies, depth first. */
    thread(input: Operations["post.thread"]["input"], options?: Options): Promise<Operations["post.thread"]["result"]>;
    /** Take a post out of my bookmarks. */
    unbookmark(input: Operations["post.unbookmark"]["input"], options?: Options): Promise<Operations["post.unbookmark"]["result"]>;
    /** Take a like back. */
    unlike(input: Operations["post.unlike"]["input"], options?: Options): Promise<Operations["post.unlike"]["result"]>;
    /** Take a retweet back. */
    unretweet(input: Operations["post.unretweet"]["input"], options?: Options): Promise<Operations["post.unretweet"]["result"]>;
    /** Watch these posts no longer. */
    unwatch(input: Operations["post.unwatch"]["input"], options?: Options): Promise<Operations["post.unwatch"]["result"]>;
    /** Replace the content of my post. */
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
    /** Get my profile. */
    mine(input?: Operations["profile.mine"]["input"], options?: Options): Promise<Operations["profile.mine"]["result"]>;
    /** Change my profile; what is left out stays, and null takes the avatar off. */
    update(input?: Operations["profile.update"]["input"], options?: Options): Promise<Operations["profile.update"]["result"]>;
  };
  report: {
    /** Report a user, a post or a message to the admins. */
    create(input: Operations["report.create"]["input"], options?: Options): Promise<Operations["report.create"]["result"]>;
  };
  /** Find the best 300: posts by words and age, users and hashtags by name and use. */
  search(input: Operations["search"]["input"], options?: Options): Promise<Operations["search"]["result"]>;
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
  /** Show the other participants that I am typing; to be repeated every 5 s at least. */
  typing(input: Operations["typing"]["input"], options?: Options): Promise<Operations["typing"]["result"]>;
  user: {
    /** Block a user: nothing of theirs reaches me any more, and nothing of mine them. */
    block(input: Operations["user.block"]["input"], options?: Options): Promise<Operations["user.block"]["result"]>;
    /** Change settings of my account; what is left out stays. */
    configure(input?: Operations["user.configure"]["input"], options?: Options): Promise<Operations["user.configure"]["result"]>;
    /** Delete my account: nobody sees it any more; my messages stay, by a deleted user. */
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
    /** List what a user posted and retweeted, the newest first. */
    posts(input: Operations["user.posts"]["input"], options?: Options): Promise<Operations["user.posts"]["result"]>;
    /** Create an account. */
    register(input: Operations["user.register"]["input"], options?: Options): Promise<Operations["user.register"]["result"]>;
    /** Unblock a user; who followed whom is not restored. */
    unblock(input: Operations["user.unblock"]["input"], options?: Options): Promise<Operations["user.unblock"]["result"]>;
    /** Stop following a user. */
    unfollow(input: Operations["user.unfollow"]["input"], options?: Options): Promise<Operations["user.unfollow"]["result"]>;
    /** Unmute a user: back into my feed and notifications. */
    unmute(input: Operations["user.unmute"]["input"], options?: Options): Promise<Operations["user.unmute"]["result"]>;
  };
}
