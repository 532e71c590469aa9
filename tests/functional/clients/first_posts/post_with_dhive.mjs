import dhive from "@hiveio/dhive";

const node = process.env.HIVE_NODE ?? "http://127.0.0.1:8090";
const { HIVE_CHAIN_ID } = await new dhive.Client(node).database.getConfig();
const client = new dhive.Client(node, { chainId: HIVE_CHAIN_ID });

const key = dhive.PrivateKey.fromLogin("alice", "skald-devnet", "posting");
const post = {
  parent_author: "",
  parent_permlink: "test",
  author: "alice",
  permlink: "hello-from-dhive",
  title: "Hello from dhive",
  body: "A first post.",
  json_metadata: JSON.stringify({ tags: ["test"] }),
};
const { id } = await client.broadcast.comment(post, key);
console.log(id);
