// A stock client under the test's orders that resumes by Socket.IO's own means, if told to: one JSON
// array a line in, one a line out.
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const [url, first, transports] = process.argv.slice(2);
const tell = (...what) => console.log(JSON.stringify(what));

let auth = JSON.parse(first);
const socket = io(url, {
  auth: (give) => give(auth),
  transports: transports.split(","),
  reconnectionDelay: 50,
  reconnectionDelayMax: 200,
});

socket.onAny((name, ...args) => tell("event", name, ...args));
socket.on("connect", () => tell("connect", socket.recovered ?? null));
socket.on("disconnect", (reason) => tell("disconnect", reason));
socket.on("connect_error", (error) => tell("connect_error", error.message, error.data ?? null));

const ORDERS = {
  auth: (next) => { auth = next; },
  leave: () => { socket.io.reconnection(false); socket.io.engine.close(); },
  return: () => { socket.io.reconnection(true); socket.connect(); },
  end: () => { socket.disconnect(); process.exit(0); },
};
createInterface({ input: process.stdin }).on("line", (line) => {
  const [order, ...rest] = JSON.parse(line);
  ORDERS[order](...rest);
});
