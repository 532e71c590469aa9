import steem from "steem";
import { devnet, live } from "./day.mjs";
import { withOldNames } from "./old_names.mjs";

const { api, auth, broadcast, config } = steem;
api.setOptions({ url: devnet.url, useAppbaseApi: true });
config.set("chain_id", devnet.chainId);
config.set("address_prefix", devnet.prefix);

// Every operation has a function of its own: custom_json that of customJsonWithAsync.
async function send(kind, fields, secret) {
  const name = kind.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
  return (await broadcast[`${name}WithAsync`](secret, withOldNames(fields))).id;
}

await live({
  secret: (text) => text, // keys are texts there
  login: (name, role, password) => auth.toWif(name, password, role),
  publicText: (secret) => auth.wifToPublic(secret),
  send,
  stream: (tell) => api.streamOperations("head", (error, operation) => error || tell(operation)),
  connect: async () => (await api.getConfigAsync()).HIVE_CHAIN_ID,
  globals: () => api.getDynamicGlobalPropertiesAsync(),
  accounts: (names) => api.getAccountsAsync(names),
  post: (author, permlink) => api.getContentAsync(author, permlink),
  votes: (author, permlink) => api.getActiveVotesAsync(author, permlink),
  following: async (name) => (await api.getFollowingAsync(name, "", "blog", 10)).map((row) => row.following),
  proposalVoters: async (id) => {
    const votes = await api.listProposalVotesAsync([id], 100, "by_proposal_voter", "ascending", "all");
    return votes.map((row) => row.voter);
  },
  history: (name) => api.getAccountHistoryAsync(name, -1, 100),
  block: (number) => api.getBlockAsync(number),
  discussions: (tag) => api.getDiscussionsByCreatedAsync({ tag, limit: 20 }),
  replies: (author, permlink) => api.getContentRepliesAsync(author, permlink),
  absent: { claim: "it writes the rewards of a claim under their old names alone, which Hive's nodes do not read" },
});
