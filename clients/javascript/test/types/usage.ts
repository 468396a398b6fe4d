// Compiled, never run: what the declarations promise to a client in TypeScript.
import { Client, ProblemError, type Message, type Post } from "mini-twitter-client";
import { FileStorage } from "mini-twitter-client/file-storage";

const client = new Client("http://127.0.0.1:8000", { storage: new FileStorage("state"), remember: true });

const page = new Client(undefined, { cookies: true });
void page.restore().then((there: boolean) => there.valueOf());

client.on("message.created", ({ message }) => {
  const text: string = message.content;
  void client.outbox.send("message.send", { conversation_id: message.conversation_id, content: text });
});
client.outbox.on("sent", ({ entry }) => entry.createdAt.toFixed());

export async function use(): Promise<Message[]> {
  const post: Post = await client.post.create({ content: "hello" }, { timeout: 1000 });
  for await (const reply of client.each("post.replies", { id: post.id })) reply.author.username.trim();
  // @ts-expect-error what a post says is a text
  await client.post.create({ content: 5 });
  await client.outbox.send("post.create", { pictures: [{ file: new Blob(["x"]), alt: post.media[0]?.alt }] });
  // @ts-expect-error what follows a message is no picture
  await client.outbox.send("message.send", { conversation_id: 1, pictures: ["x"] });
  // @ts-expect-error a like has no client_id, so it cannot be left to the outbox
  await client.outbox.send("post.like", { id: post.id });
  // @ts-expect-error nobody is told of this
  client.on("message.eaten", () => {});
  try {
    await client.call("search", { q: "x", type: "users" });
  } catch (error) {
    if (error instanceof ProblemError && error.code === "rate_limited") return [];
    throw error;
  }
  return (await client.message.list({ conversation_id: 1, limit: 20 })).results;
}
