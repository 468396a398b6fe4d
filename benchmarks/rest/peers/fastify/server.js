// fastify with pg: schemas for inputs and answers, @fastify/jwt, a pool of ten connections.
"use strict";

const Fastify = require("fastify");
const jwt = require("@fastify/jwt");
const { Pool, types } = require("pg");

const PAGE = 20;
types.setTypeParser(types.builtins.INT8, Number);

const POST = `
  SELECT p.id, p.content, p.image, p.reply_to, p.likes_count, p.retweets_count,
         p.replies_count, p.created_at, p.edited_at,
         u.id AS author_id, u.username, u.display_name, u.avatar,
         ARRAY(SELECT h.tag FROM post_hashtags t JOIN hashtags h ON h.id = t.hashtag_id
                WHERE t.post_id = p.id ORDER BY t.position) AS hashtags,
         EXISTS (SELECT FROM likes WHERE user_id = $1 AND post_id = p.id) AS liked
    FROM posts p JOIN users u ON u.id = p.author_id`;
const named = (name, text) => (values) => ({ name, text, values });
const ONE = named("one", `${POST} WHERE p.id = $2`);
const FEED = named("feed", `${POST} JOIN follows f ON f.followed_id = p.author_id
   WHERE f.follower_id = $1 ORDER BY p.id DESC LIMIT $2`);
const ME = named("me", `
  SELECT u.id, u.username, u.display_name, u.avatar, u.email, u.created_at, f.bio,
         f.followers_count, f.following_count, f.posts_count
    FROM users u JOIN profiles f ON f.user_id = u.id WHERE u.id = $1`);
const PROFILE = named("profile", `
  SELECT u.id, u.username, u.display_name, u.avatar, f.bio, f.location, f.website,
         f.followers_count, f.following_count, f.posts_count
    FROM profiles f JOIN users u ON u.id = f.user_id WHERE f.user_id = $1`);
const IS_IN = named("is_in", "SELECT 1 FROM participants WHERE conversation_id = $1 AND user_id = $2");
const SENDER = named("sender", "SELECT id, username, display_name, avatar FROM users WHERE id = $1");
const SEND = named("send", `
  INSERT INTO messages (conversation_id, sender_id, content, client_id) VALUES ($1, $2, $3, $4)
  RETURNING id, conversation_id, content, client_id, created_at, edited_at`);
const MOVED = named("moved", "UPDATE conversations SET updated_at = now() WHERE id = $1");
const LIKE = named("like", "INSERT INTO likes (user_id, post_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id");
const COUNT = named("count", "UPDATE posts SET likes_count = likes_count + 1 WHERE id = $1 RETURNING author_id");
const NOTIFY = named("notify", `
  INSERT INTO notifications (user_id, kind, actor_id, post_id)
  VALUES ($1, 'like', $2, $3) ON CONFLICT DO NOTHING`);

const integer = { type: "integer" };
const string = { type: "string" };
const optional = { type: "string", nullable: true };
const object = (properties) => ({ type: "object", properties });
const userRef = object({ id: integer, username: string, display_name: string, avatar: optional });
const counts = { followers_count: integer, following_count: integer, posts_count: integer };
const post = object({
  id: integer, author: userRef, content: string, image: optional,
  reply_to: { type: "integer", nullable: true }, hashtags: { type: "array", items: string },
  likes_count: integer, retweets_count: integer, replies_count: integer, liked: { type: "boolean" },
  created_at: { type: "string", format: "date-time" },
  edited_at: { type: "string", format: "date-time", nullable: true },
});
const page = object({ results: { type: "array", items: post }, next: optional });
const profile = object({ user: userRef, bio: string, location: string, website: string, ...counts });
const me = object({
  ...userRef.properties, email: string, created_at: { type: "string", format: "date-time" }, bio: string, ...counts,
});
const message = object({
  id: integer, conversation_id: integer, sender: userRef, content: string, client_id: optional,
  created_at: { type: "string", format: "date-time" },
  edited_at: { type: "string", format: "date-time", nullable: true },
});
const newMessage = {
  type: "object",
  required: ["content"],
  properties: {
    content: { type: "string", minLength: 1, maxLength: 4000 },
    client_id: { type: "string", maxLength: 128 },
  },
};
const byId = object({ id: integer });

const withAuthor = ({ author_id, username, display_name, avatar, ...row }) => ({
  ...row, author: { id: author_id, username, display_name, avatar },
});

async function build() {
  const app = Fastify({ logger: false });
  const pool = new Pool({
    connectionString: process.env.DATABASE_URL, application_name: "fastify", max: 10, idleTimeoutMillis: 30_000,
  });
  pool.on("error", (error) => console.error(error));
  await app.register(jwt, { secret: process.env.JWT_SECRET, verify: { allowedIss: "mini-twitter" } });
  app.addHook("onRequest", (request) => request.jwtVerify());

  const notFound = () => Object.assign(new Error("Not found"), { statusCode: 404 });
  async function onePost(db, viewer, id) {
    const { rows } = await db.query(ONE([viewer, id]));
    if (rows.length === 0) throw notFound();
    return withAuthor(rows[0]);
  }
  async function inTransaction(work) {
    const client = await pool.connect();
    try {
      await client.query("BEGIN");
      const result = await work(client);
      await client.query("COMMIT");
      return result;
    } catch (error) {
      await client.query("ROLLBACK");
      throw error;
    } finally {
      client.release();
    }
  }

  app.get("/api/posts/feed/", { schema: { response: { 200: page } } }, async (request) => {
    const { rows } = await pool.query(FEED([request.user.sub, PAGE + 1]));
    const next = rows.length > PAGE ? String(rows[PAGE - 1].id) : null;
    return { results: rows.slice(0, PAGE).map(withAuthor), next };
  });
  app.get("/api/posts/:id/", { schema: { params: byId, response: { 200: post } } },
    (request) => onePost(pool, request.user.sub, request.params.id));
  app.post("/api/posts/:id/like/", { schema: { params: byId, response: { 200: post } } }, async (request) => {
    const viewer = Number(request.user.sub);
    const { id } = request.params;
    await onePost(pool, viewer, id);
    await inTransaction(async (client) => {
      const liked = await client.query(LIKE([viewer, id]));
      if (liked.rows.length === 0) return;
      const { author_id } = (await client.query(COUNT([id]))).rows[0];
      if (author_id !== viewer) await client.query(NOTIFY([author_id, viewer, id]));
    });
    return onePost(pool, viewer, id);
  });
  app.get("/api/users/me/", { schema: { response: { 200: me } } },
    async (request) => (await pool.query(ME([request.user.sub]))).rows[0]);
  app.get("/api/users/profiles/:id/", { schema: { params: byId, response: { 200: profile } } }, async (request) => {
    const { rows } = await pool.query(PROFILE([request.params.id]));
    if (rows.length === 0) throw notFound();
    const { id, username, display_name, avatar, ...more } = rows[0];
    return { user: { id, username, display_name, avatar }, ...more };
  });
  app.post("/api/messages/:id/send_message/",
    { schema: { params: byId, body: newMessage, response: { 201: message } } }, async (request, reply) => {
      const viewer = request.user.sub;
      const { id } = request.params;
      if ((await pool.query(IS_IN([id, viewer]))).rows.length === 0) throw notFound();
      const { content, client_id } = request.body;
      const sent = await inTransaction(async (client) => {
        const { rows } = await client.query(SEND([id, viewer, content, client_id ?? null]));
        await client.query(MOVED([id]));
        return rows[0];
      });
      reply.code(201);
      return { ...sent, sender: (await pool.query(SENDER([viewer]))).rows[0] };
    });
  return app;
}

build().then(async (app) => {
  const address = await app.listen({ host: "127.0.0.1", port: 0 });
  console.log(`ready on ${address}`);
});
