// The library: chats of this browser, documents of the corpus, and which of them are asked.
const facts = { ...props.value };
let scope = { only: null, without: [] }, deleted = null, finding = 0;

function readScope() {
  const kept = stored(SCOPE, null);
  const names = list => Array.isArray(list) && list.every(isText);
  if (kept && (kept.only === null || names(kept.only)) && names(kept.without)) scope = kept;
}

const chosen = name => scope.only ? scope.only.includes(name) : !scope.without.includes(name);
const asked = () => scope.only ? scope.only.length : facts.documents - scope.without.length;

function choose(name, on) {
  const list = new Set(scope.only ?? scope.without);
  if (on === Boolean(scope.only)) list.add(name); else list.delete(name);
  scope = scope.only ? { only: [...list], without: [] } : { only: null, without: [...list] };
  chose();
}

function chose() {
  store(SCOPE, scope);
  const count = asked(), all = facts.documents, some = count !== all;
  $('#asked-count').textContent = some ? `${count.toLocaleString('en')} of ${all.toLocaleString('en')} asked` : all.toLocaleString('en');
  $('#scope').textContent = some ? `Asking ${count} of ${all} documents` : `Asking ${all === 1 ? '1 document' : `${all} documents`}`;
  for (const box of $$('[data-choose]')) box.checked = chosen(box.dataset.choose);
}

function rows(html) {
  $('#documents').innerHTML = html;
  chose();
}

async function find() {
  const ticket = ++finding, found = await call('documents', { words: $('#find').value, order: $('#order').value });
  if (found && ticket === finding) rows(found.html);
}

async function toggleOutline(link) {
  const row = link.closest('li'), open = link.getAttribute('aria-expanded') === 'true';
  $('.outline', row)?.remove();
  $('.quiet', row)?.remove();
  link.setAttribute('aria-expanded', !open);
  link.firstChild.textContent = open ? 'Show headings' : 'Hide headings';
  if (open) return;
  const found = await call('outline', { source: link.dataset.outline });
  if (found && link.getAttribute('aria-expanded') === 'true') row.insertAdjacentHTML('beforeend', found.html);
}

function listChats() {
  const all = chats.all(), today = new Date().toDateString();
  $('#chats-count').textContent = all.length || '';
  const groups = [['Today', all.filter(each => new Date(each.when).toDateString() === today)],
    ['Earlier', all.filter(each => new Date(each.when).toDateString() !== today)]];
  const parts = groups.filter(([, list]) => list.length).flatMap(([name, list]) =>
    [make('p', 'when', name), make('ul', 'chats', ...list.map(chatRow))]);
  $('#chats').replaceChildren(...(parts.length ? parts : [make('p', 'quiet', 'Your chats appear here.')]));
}

function chatRow(each) {
  const link = make('a', '', each.name), row = make('li', each.id === chat.id ? 'on' : '', link);
  link.href = '#chat';
  if (each.id === chat.id) link.setAttribute('aria-current', 'page');
  link.addEventListener('click', event => { event.preventDefault(); openChat(each); });
  row.dataset.chat = each.id;
  row.append(make('span', 'tools',
    button('btn icon-only', `Rename: ${each.name}`, () => rename(row, each), 'edit'),
    button('btn icon-only danger', `Delete: ${each.name}`, () => remove(each), 'trash')));
  return row;
}

const focusChat = id => $$('#chats li').find(row => row.dataset.chat === id)?.querySelector('a').focus();

function rename(row, each) {
  const done = () => { listChats(); focusChat(each.id); };
  const box = make('input'), save = () => {
    const name = box.value.trim().slice(0, 200);
    if (name) chats.change(each.id, name);
    if (name && each.id === chat.id) chat.name = name;
    done();
  };
  box.value = each.name;
  box.setAttribute('aria-label', 'Name of this chat');
  box.addEventListener('keydown', event => { if (event.key === 'Enter') save(); if (event.key === 'Escape') done(); });
  row.replaceChildren(box, make('span', 'tools', button('btn icon-only', 'Save the name', save, 'check')));
  row.classList.add('naming');
  box.focus();
  box.select();
  box.scrollLeft = 0;
}

function remove(each) {
  deleted = chats.drop(each.id) ?? each;
  if (each.id === chat.id) newChat();
  listChats();
  const undo = button('link', 'Undo', () => { chats.restore(deleted); $('#undo').replaceChildren(); listChats(); focusChat(deleted.id); });
  $('#undo').replaceChildren('Chat deleted. ', undo);
  undo.focus();
}
