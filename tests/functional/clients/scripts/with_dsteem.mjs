import dsteem from "dsteem";
import { devnet, live } from "./day.mjs";
import { withOldNames } from "./old_names.mjs";

const { BlockchainMode, Client, PrivateKey } = dsteem;
const client = new Client(devnet.url, { chainId: devnet.chainId, addressPrefix: devnet.prefix });
const { database } = client;

// A claim is signed from members with the old names, and read by a node under the new ones: it is given both.
const withOldRewards = ({ reward_hive: reward_steem, reward_hbd: reward_sbd, ...rest }) => ({
  reward_hive: reward_steem,
  reward_hbd: reward_sbd,
  reward_steem,
  reward_sbd,
  ...rest,
});

async function send(kind, fields, secret) {
  const given = kind === "claim_reward_balance" ? withOldRewards(fields) : fields;
  return (await client.broadcast.sendOperations([[kind, withOldNames(given)]], secret)).id;
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
  connect: async () => (await database.getConfig()).HIVE_CHAIN_ID,
  globals: () => database.getDynamicGlobalProperties(),
  accounts: (names) => database.getAccounts(names),
  post: (author, permlink) => database.call("get_content", [author, permlink]),
  votes: (author, permlink) => database.call("get_active_votes", [author, permlink]),
  following: async (name) =>
    (await client.call("condenser_api", "get_following", [name, "", "blog", 10])).map((row) => row.following),
  proposalVoters: async (id) => {
    const order = [[id], 100, "by_proposal_voter", "ascending", "all"];
    return (await database.call("list_proposal_votes", order)).map((row) => row.voter);
  },
  history: (name) => database.call("get_account_history", [name, -1, 100]),
  block: (number) => database.getBlock(number),
  discussions: (tag) => database.getDiscussions("created", { tag, limit: 20 }),
  replies: (author, permlink) => database.call("get_content_replies", [author, permlink]),
});
