// Many stock clients with the options that they come with: tells of each one's session.ready.
import { io } from "socket.io-client";

const [url, tokens, each] = process.argv.slice(2);

JSON.parse(tokens).forEach((token) => {
  for (let number = 0; number < Number(each); number += 1) {
    const memory = {};
    const socket = io(url, {
      auth: (give) => give({ token, ...memory }),
      transports: ["websocket"],
      forceNew: true,
    });
    socket.on("session.ready", ({ data }) => {
      memory.epoch = data.epoch;
      memory.since = data.seq;
      console.log(JSON.stringify(["ready", data.resume.status]));
    });
    socket.on("connect_error", (error) => {
      if (!socket.active) console.log(JSON.stringify(["refused", error.message]));
    });
  }
});
process.stdin.on("data", () => process.exit(0));
