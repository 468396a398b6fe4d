// Node's socket.io, with its Redis adapter if there is a URL: `node node.js [URL]`.
"use strict";

const { createServer } = require("node:http");
const { createAdapter } = require("@socket.io/redis-adapter");
const { createClient } = require("redis");
const { Server } = require("socket.io");

function client(url) {
  const socket = { path: decodeURIComponent(new URL(url).pathname) };
  return createClient(url.startsWith("unix:") ? { socket } : { url });
}

async function main(redisUrl) {
  const http = createServer();
  const io = new Server(http, { transports: ["websocket"] });
  if (redisUrl) {
    const [publisher, subscriber] = [client(redisUrl), client(redisUrl)];
    await Promise.all([publisher.connect(), subscriber.connect()]);
    io.adapter(createAdapter(publisher, subscriber));
  }
  io.on("connection", (socket) => {
    if (!socket.handshake.auth.token) socket.join("all"); // the others only publish
    socket.on("publish", (event, ack) => {
      io.to("all").emit("post.created", event);
      ack({ ok: true });
    });
    socket.on("noop", (_, ack) => ack({ ok: true }));
  });
  http.listen(0, "127.0.0.1", () => console.log(`ready on http://127.0.0.1:${http.address().port}`));
}

main(process.argv[2]);
