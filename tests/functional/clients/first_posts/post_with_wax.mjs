import dhive from "@hiveio/dhive"; // wax leaves signing to others
import { createHiveChain } from "@hiveio/wax";

const node = process.env.HIVE_NODE ?? "http://127.0.0.1:8090";
const call = { jsonrpc: "2.0", id: 1, method: "database_api.get_version", params: {} };
const reply = await fetch(node, { method: "POST", body: JSON.stringify(call) });
const { chain_id: chainId } = (await reply.json()).result;
const chain = await createHiveChain({ chainId, apiEndpoint: node, restApiEndpoint: node });

const transaction = await chain.createTransaction();
transaction.pushOperation({
  comment_operation: {
    parent_author: "",
    parent_permlink: "test",
    author: "alice",
    permlink: "hello-from-wax",
    title: "Hello from wax",
    body: "A first post.",
    json_metadata: JSON.stringify({ tags: ["test"] }),
  },
});

const key = dhive.PrivateKey.fromLogin("alice", "skald-devnet", "posting");
transaction.addSignature(key.sign(Buffer.from(transaction.sigDigest, "hex")).toString());
await chain.broadcast(transaction);
console.log(transaction.id);
