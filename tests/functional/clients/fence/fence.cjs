// No test may speak to a public node, whatever addresses a library knows: every connection to another machine is refused here.
"use strict";
const net = require("node:net");

const HOME = new Set(["127.0.0.1", "localhost"]);
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...given) {
  const [first] = net._normalizeArgs(Array.isArray(given[0]) ? given[0] : given);
  if (!first.path && !HOME.has(first.host ?? "localhost")) {
    throw new Error(`the fence keeps everything on this machine: ${first.host} was asked for`);
  }
  return connect.apply(this, given);
};
