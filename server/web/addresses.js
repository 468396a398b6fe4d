// Where everything of this page is, and which old addresses lead there.

const ids = new Map(); // username in lower case -> id, of everybody who has been shown

export function person(user) {
  ids.set(user.username.toLowerCase(), user.id);
  return `/@${user.username}`;
}

export const knownId = (name) => ids.get(name.toLowerCase()) ?? null;
export const personById = (id) => `/users/${id}`;
export const followers = (user) => `${person(user)}/followers`;
export const following = (user) => `${person(user)}/following`;
export const postAddress = (post) => `${person(post.author)}/posts/${post.id}`;
export const postById = (id) => `/posts/${id}`;
export const tagLink = (tag) => `/tags/${encodeURIComponent(tag)}`;
export const talkAddress = (id) => `/messages/${id}`;
export const groupAddress = (id) => `/messages/${id}/group`;
// The token stands where no server is told of it, nor who is linked to from there.
export const joinAddress = (token) => ["/join", token].join("#");
export const searchAddress = (words) => (words ? `/explore?q=${encodeURIComponent(words)}` : "/explore");

// What stood behind the # until there were addresses, with what it has become.
const OLD = [
  [/^\/u\/(\d+)(\/(?:followers|following))?$/, (id, part = "") => personById(id) + part],
  [/^\/post\/(\d+)(?:\/reply)?$/, postById],
  [/^\/tag\/(.+)$/, (tag) => `/tags/${tag}`],
  [/^\/explore\/(.+)$/, (words) => `/explore?q=${words}`],
];

// The address for one of the form `#/...`; null for anything else.
export function withoutHash(hash) {
  if (!hash.startsWith("#/")) return null;
  const path = hash.slice(1);
  for (const [pattern, made] of OLD) {
    const found = pattern.exec(path);
    if (found) return made(...found.slice(1));
  }
  return path;
}
