// A chat with one other person: what you type is sent, what they write is shown.
//
//   node chat.mjs http://127.0.0.1:8000 USERNAME PASSWORD OTHER_USERNAME
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [url, username, password, other] = process.argv.slice(2);

async function call(method, path, body, token) {
  const headers = { "Content-Type": "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer;
}

let tokens = await call("POST", "/api/users/token/", { username, password });

async function renew() {
  tokens = await call("POST", "/api/users/token/refresh/", { refresh: tokens.refresh });
  return tokens.access;
}

const found = await call("GET", `/api/search/?type=users&q=${encodeURIComponent(other)}`, undefined, tokens.access);
const partner = found.results.find((user) => user.username.toLowerCase() === other.toLowerCase());
if (!partner) throw new Error(`There is no ${other}.`);
const asked = { participants: [partner.id] };
const conversation = await call("POST", "/api/messages/", asked, tokens.access); // the one there is, or a new one

// Asked for at every connect: a client that comes back is sent what it missed, in order.
const position = {};
const socket = io(url, {
  auth: async (give) => give({ token: await renew(), ...position }),
  transports: ["websocket"],
});

socket.onAny((name, { seq, data }) => {
  if (name === "session.ready") {
    position.epoch = data.epoch;
    if (data.resume.status !== "resumed") position.since = data.seq;
    console.log(`-- ${data.resume.status}; you talk to ${partner.display_name || other}`);
  } else if (name === "message.created" && data.message.conversation_id === conversation.id) {
    console.log(`${data.message.sender.username}: ${data.message.content}`);
  } else if (name === "session.expiring") {
    renew().then((token) => socket.emit("session.refresh", { token }));
  }
  if (seq !== null) position.since = seq;
});
socket.on("connect_error", (error) => console.log(`-- ${error.message}`));
socket.on("disconnect", (reason) => console.log(`-- ${reason}`));

// One message after the other. A message keeps its client_id when it is sent again: stored once.
const input = createInterface({ input: process.stdin });
for await (const content of input) {
  if (!content.trim()) continue;
  const message = { conversation_id: conversation.id, content, client_id: randomUUID() };
  for (let sent = false; !sent; ) {
    try {
      const ack = await socket.timeout(5000).emitWithAck("message.send", message);
      if (!ack.ok) console.log(`-- ${ack.error.detail}`);
      sent = true;
    } catch {
      console.log("-- no answer, once more");
    }
  }
}
socket.disconnect();
