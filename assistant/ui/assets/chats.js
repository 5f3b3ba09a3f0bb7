// Chats are kept in this browser alone: questions and replies, as JSON. The server rebuilds what is shown.
const CHATS = 'assistant-chats', CURRENT = 'assistant-chat', SCOPE = 'assistant-scope', THEME = 'assistant-theme';
const MOST_CHATS = 50;

const $ = (selector, root = element) => root.querySelector(selector);
const $$ = (selector, root = element) => [...root.querySelectorAll(selector)];

function stored(key, otherwise) {
  try { return JSON.parse(localStorage.getItem(key)) ?? otherwise; } catch { return otherwise; }
}

function store(key, value) {
  try { localStorage.setItem(key, JSON.stringify(value)); return true; } catch { return false; }
}

const isText = value => typeof value === 'string';
const isChat = chat => chat && isText(chat.id) && isText(chat.name) && Array.isArray(chat.turns)
  && chat.turns.every(turn => turn && isText(turn.name) && isText(turn.question) && turn.reply);

const chats = {
  all() {
    const kept = stored(CHATS, []);
    return Array.isArray(kept) ? kept.filter(isChat) : [];
  },
  // Another tab may have written since: only this one chat is put in its place. The oldest go when it is full.
  keep(chat) {
    let all = [chat, ...this.all().filter(other => other.id !== chat.id)].slice(0, MOST_CHATS);
    while (!store(CHATS, all) && all.length > 1) all = all.slice(0, -1);
  },
  change(id, name) {
    store(CHATS, this.all().map(chat => chat.id === id ? { ...chat, name } : chat));
  },
  drop(id) {
    const all = this.all(), chat = all.find(each => each.id === id);
    store(CHATS, all.filter(each => each.id !== id));
    return chat;
  },
  restore(chat) {
    store(CHATS, [...this.all(), chat].sort((one, other) => other.when - one.when));
  },
  open(id) {
    return this.all().find(chat => chat.id === id);
  },
};

const random = () => [...crypto.getRandomValues(new Uint8Array(8))].map(byte => byte.toString(16).padStart(2, '0')).join('');
const fresh = () => ({ id: random(), name: '', when: Date.now(), turns: [] });

// What is ours is an element with text in it; what is the server's is markup in which all text was escaped.
function make(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function button(className, label, act, drawing) {
  const made = make('button', className, ...(drawing ? [icon(drawing)] : []), ...(drawing && className.includes('icon-only') ? [] : [label]));
  made.type = 'button';
  if (className.includes('icon-only')) made.setAttribute('aria-label', label);
  made.addEventListener('click', act);
  return made;
}

function icon(name) {
  const space = 'http://www.w3.org/2000/svg', drawing = document.createElementNS(space, 'svg'), use = document.createElementNS(space, 'use');
  drawing.setAttribute('class', 'icon s');
  drawing.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `#i-${name}`);
  drawing.append(use);
  return drawing;
}

function notice(words, label, act, drawing = 'warn') {
  const made = make('p', 'notice', icon(drawing), make('span', 'grow', words));
  made.setAttribute('role', 'status');
  if (label) made.append(button('btn', label, act));
  return made;
}

function say(words) {
  const said = $('#said');
  said.textContent = '';
  requestAnimationFrame(() => { said.textContent = words; });
}

const alive = () => fetch('healthz', { cache: 'no-store' }).then(answer => answer.ok, () => false);

function complain(words) {
  $('#held').replaceChildren(notice(words, 'Close', () => { $('#held').replaceChildren(); $('#question').focus(); }));
}

// A call of the server; null when it did not work, which the page then says.
async function call(name, fields) {
  let result = null;
  try { result = await server[name](fields); } catch { /* told below */ }
  const well = result !== null || await alive();
  connected(well);
  if (result && !result.error) return result;
  if (well) complain(result?.error ?? 'This did not work; it may be too long to be sent.');
  return null;
}

function connected(well) {
  const words = 'Not connected: the assistant has stopped or restarted. Your chats are kept in this browser.';
  if (well) $('#banner').replaceChildren();
  else if (!$('#banner').children.length) $('#banner').replaceChildren(notice(words, 'Reload', () => location.reload()));
}
