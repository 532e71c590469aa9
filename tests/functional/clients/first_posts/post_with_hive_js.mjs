import hive from "@hiveio/hive-js";

const node = process.env.HIVE_NODE ?? "http://127.0.0.1:8090";
hive.api.setOptions({ url: node, alternative_api_endpoints: [node] });
const { HIVE_CHAIN_ID } = await hive.api.getConfigAsync();
hive.config.set("chain_id", HIVE_CHAIN_ID);

const { posting } = hive.auth.getPrivateKeys("alice", "skald-devnet", ["posting"]);
const { id } = await hive.broadcast.commentAsync(
  posting,
  "", // parent author
  "test", // parent permlink: the category
  "alice",
  "hello-from-hive-js",
  "Hello from hive-js",
  "A first post.",
  { tags: ["test"] },
);
console.log(id);
