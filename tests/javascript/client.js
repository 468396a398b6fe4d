// A stock client under the test's orders: one JSON array a line in, one a line out.
import { createInterface } from "node:readline";

const [url, token, transports, library] = process.argv.slice(2);
const { io } = await import(library);
const tell = (...what) => console.log(JSON.stringify(what));

const memory = {};
const socket = io(url, {
  auth: (give) => give({ token, ...memory }),
  transports: transports.split(","),
  reconnectionDelay: 100,
});

socket.onAny((name, envelope) => {
  if (name === "session.ready") {
    memory.epoch = envelope.data.epoch;
    memory.since ??= envelope.data.seq;
  } else if (envelope.seq !== null) {
    memory.since = envelope.seq;
  }
  tell("event", name, envelope);
});
socket.on("connect", () => tell("connect", socket.io.engine.transport.name));
socket.on("disconnect", (reason) => tell("disconnect", reason));
socket.on("connect_error", (error) => tell("connect_error", error.message, error.data ?? null));

createInterface({ input: process.stdin }).on("line", (line) => {
  const [order, ...rest] = JSON.parse(line);
  if (order === "command") {
    socket.emit(...rest, (ack) => tell("ack", ack));
  } else if (order === "cut") {
    socket.io.engine.close();
  } else {
    socket.disconnect();
    process.exit(0);
  }
});
