import dhive from "@hiveio/dhive";
import { devnet, live } from "./day.mjs";

const { BlockchainMode, Client, PrivateKey } = dhive;
const client = new Client(devnet.url, { chainId: devnet.chainId, addressPrefix: devnet.prefix });

// Operations that have a helper of their own; the others go as they are.
const HELPERS = { comment: "comment", custom_json: "json", transfer: "transfer", vote: "vote" };

async function send(kind, fields, secret) {
  const helper = HELPERS[kind];
  const { id } = helper
    ? await client.broadcast[helper](fields, secret)
    : await client.broadcast.sendOperations([[kind, fields]], secret);
  return id;
}

function stream(tell) {
  const operations = client.blockchain.getOperationsStream({ mode: BlockchainMode.Latest });
  operations.on("data", ({ op }) => tell(op));
  return () => operations.pause();
}

await live({
  secret: (text) => PrivateKey.fromString(text),
  login: (name, role, password) => PrivateKey.fromLogin(name, password, role),
  publicText: (secret) => secret.createPublic(devnet.prefix).toString(),
  send,
  stream,
  connect: async () => (await client.database.getConfig()).HIVE_CHAIN_ID,
  globals: () => client.database.getDynamicGlobalProperties(),
  accounts: (names) => client.database.getAccounts(names),
  post: (author, permlink) => client.database.call("get_content", [author, permlink]),
  votes: (author, permlink) => client.database.call("get_active_votes", [author, permlink]),
  following: async (name) =>
    (await client.call("condenser_api", "get_following", [name, "", "blog", 10])).map((row) => row.following),
  proposalVoters: async (id) => {
    const order = [[id], 100, "by_proposal_voter", "ascending", "all"];
    return (await client.database.call("list_proposal_votes", order)).map((row) => row.voter);
  },
  history: (name) => client.database.getAccountHistory(name, -1, 100),
  block: (number) => client.database.getBlock(number),
  discussions: (tag) => client.database.getDiscussions("created", { tag, limit: 20 }),
  replies: (author, permlink) => client.database.call("get_content_replies", [author, permlink]),
});
