// The desk: a question goes to the server, the states of its turn come back, and what was said stays.
// Milliseconds without a word of the server's, before it is asked, and given up; longer once it has begun,
// longest while others are answered, each of whom a language model may keep waiting for a minute.
const SILENT = 6000, UNHEARD = 45000, LOST = 120000, QUEUED = 1200000;
const LONGEST = 20000;  // characters of a question that are sent; none is read that has so many
let chat = fresh(), active = null, editing = null;

function openChat(kept) {
  stop();
  chat = kept;
  sessionStorage.setItem(CURRENT, chat.id);
  store(CURRENT, chat.id);
  edit(null);
  $('#thread').replaceChildren(...chat.turns.map((turn, number) => turnOf(turn, number)));
  $('#start').hidden = chat.turns.length > 0;
  refresh();
  view('chat');
  return rebuild();
}

function newChat() {
  openChat(fresh());
  $('#question').focus();
}

// The browser keeps replies; what they look like is the server's to say. Few at a time, as a request has its limit.
async function rebuild() {
  const shown = chat;
  for (let first = 0; first < shown.turns.length; first += 10) {
    const turns = shown.turns.slice(first, first + 10);
    const found = await call('rebuild', { turns: turns.map(({ name, reply }) => ({ name, reply })) });
    if (!found || shown !== chat) return;
    turns.forEach((turn, number) => {
      const bot = $('.bot', turnElement(turn.name));
      bot.innerHTML = found.turns[number];
      if (!found.turns[number]) bot.replaceChildren(notice('This reply was kept by another version and cannot be shown.', 'Ask again', () => again(bot.closest('.turn'))));
    });
  }
  $('#chat').scrollTop = shown.turns.length ? $('#chat').scrollHeight : 0;
}

function turnOf({ name, question }, number) {
  const words = question.length > 1200 ? `${question.slice(0, 1200)} …` : question;
  const bubble = make('div', 'asked', make('span', 'vh', 'You asked: '), words);
  const change = button('btn icon-only', 'Edit this question', () => edit(name), 'edit');
  const made = make('article', 'turn', make('div', 'user-row', change, bubble), make('div', 'bot'));
  made.dataset.name = name;
  made.setAttribute('aria-label', `Question ${number + 1}`);
  return made;
}

const turnElement = name => $$('#thread .turn').find(turn => turn.dataset.name === name);
const indexOf = name => chat.turns.findIndex(turn => turn.name === name);

function refresh() {
  listChats();
  const working = active !== null;
  $('#ask').hidden = working;
  $('#stop').hidden = !working;
  $('#export').hidden = !chat.turns.length;
  $('#question').placeholder = working ? 'Ask the next question' : chat.turns.length ? 'Ask a follow-up' : 'Ask about the text';
}

function grow() {
  const box = $('#question');
  box.style.height = '';
  box.style.height = `${Math.min(160, Math.max(36, box.scrollHeight))}px`;
}

function edit(name) {
  editing = name;
  $('#held').replaceChildren();
  if (name === null) return;
  const at = indexOf(name), question = chat.turns[at]?.question;
  if (question === undefined) return;
  $('#held').replaceChildren(notice(`Editing question ${at + 1}: asking it replaces it and what follows.`, 'Cancel', () => { edit(null); $('#question').value = ''; grow(); $('#question').focus(); }));
  $('#question').value = question;
  grow();
  $('#question').focus();
}

// The last question is asked again in its place, an earlier one at the end.
function again(turn) {
  const at = indexOf(turn.dataset.name), question = at < 0 ? turn.dataset.question : chat.turns[at].question;
  edit(at >= 0 && at === chat.turns.length - 1 ? turn.dataset.name : null);
  if (at < 0) turn.remove();
  ask(question);
}

function ask(question) {
  if (active) return;
  if (!asked()) { $('#held').replaceChildren(notice('Choose at least one document.')); view('library'); return; }
  const keep = editing === null ? chat.turns.length : indexOf(editing);
  const turns = chat.turns.slice(0, keep), name = random();
  edit(null);
  $$('#thread .turn').filter(turn => !turns.some(kept => kept.name === turn.dataset.name)).forEach(turn => turn.remove());
  const made = turnOf({ name, question }, keep);
  made.dataset.question = question;
  made.setAttribute('aria-busy', 'true');
  $('.bot', made).append(make('ol', 'steps', make('li', 'now', make('i'), 'Searching')));  // until the server says more
  $('#thread').append(made);
  $('#start').hidden = true;
  active = { name, question, turns, chat, element: made, heard: Date.now(), watch: setInterval(watchServer, 2000) };
  $('#question').value = '';
  grow();
  refresh();
  view('chat');
  made.scrollIntoView({ block: 'start' });
  $('#held').replaceChildren();
  trigger('ask', { asked: { turn: name, chat: chat.id, question: question.slice(0, LONGEST), earlier: turns.slice(-8).map(turn => turn.question), scope } });
}

function ended() {
  clearInterval(active.watch);
  active.element.removeAttribute('aria-busy');
  active = null;
}

function stopped(words) {
  const turn = active.element;
  ended();
  $('.bot', turn).replaceChildren(notice(words, 'Ask again', () => again(turn)));
  refresh();
}

function stop() {
  if (!active) return;
  trigger('stop', {});
  stopped('Stopped.');
}

async function watchServer() {
  const silence = Date.now() - (active?.heard ?? Date.now());
  if (silence < SILENT) return;
  const well = await alive();
  connected(well);
  if (active && (!well || silence > (active.patience ?? UNHEARD))) stopped('The answer stopped before it was finished. Nothing of it was kept.');
}

function heard(state) {
  if (!active || state?.turn !== active.name) return;
  active.heard = Date.now();
  active.patience = state.state === 'waiting' ? QUEUED : LOST;
  const { element: turn, question } = active, bot = $('.bot', turn), region = $('#chat');
  if (['waiting', 'working'].includes(state.state)) { bot.innerHTML = state.html; return; }
  if (state.state === 'done') {
    const { name, turns, chat: own } = active;
    ended();
    bot.innerHTML = state.html;
    own.turns = [...turns, { name, question: state.reply.question, reply: state.reply }];
    own.name ||= question.slice(0, 200);
    own.when = Date.now();
    chats.keep(own);
    if (own === chat) { sessionStorage.setItem(CURRENT, own.id); store(CURRENT, own.id); }
    if (turn.offsetHeight > region.clientHeight) turn.scrollIntoView({ block: 'start' });
    else region.scrollTop = region.scrollHeight;
    say(state.reply.refused ? 'Refused: see why.' : 'Answered.');
    refresh();
    return;
  }
  if (state.state === 'busy') {
    ended();
    turn.remove();
    $('#start').hidden = chat.turns.length > 0;
    $('#question').value = question;
    grow();
    $('#held').replaceChildren(notice(state.notice, 'Try again', () => submit(), 'wait'));
    refresh();
    return;
  }
  stopped(state.notice);
}

function submit() {
  const question = $('#question').value;
  if (!active) ask(question);
}

async function copy(turn, pressed) {
  const kept = chat.turns[indexOf(turn.dataset.name)], found = kept && await call('copy', { reply: kept.reply });
  if (!found) return;
  const label = pressed.lastChild;
  try { await navigator.clipboard.writeText(found.text); label.textContent = 'Copied'; } catch { label.textContent = 'Not copied: the browser forbids it'; }
  say(label.textContent);
  setTimeout(() => { label.textContent = 'Copy with references'; }, 3000);
}

async function exportChat() {
  const found = await call('export', { title: chat.name, replies: chat.turns.map(turn => turn.reply) });
  if (!found) return;
  const link = make('a'), address = URL.createObjectURL(new Blob([found.text], { type: 'text/markdown' }));
  link.href = address;
  link.download = `${chat.name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '').slice(0, 60) || 'chat'}.md`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

function press(turn, thumb) {
  for (const each of $$('[data-do=up], [data-do=down]', turn)) each.setAttribute('aria-pressed', each.dataset.do === thumb);
}

function judge(turn, thumb) {
  const place = $('.verdict', turn);
  press(turn, thumb);
  if (thumb !== 'down') { place.replaceChildren(...(thumb ? [make('p', 'quiet', 'Thank you.')] : [])); return; }
  const kept = chat.turns[indexOf(turn.dataset.name)];
  if (!kept) return;
  const answered = kept.reply.refused
    ? [['should_have_answered', 'It should have answered: the text does say it']]
    : [['wrong_passage', 'Wrong passage: the text it cites does not say this'],
      ['should_have_refused', 'It should have refused: the text does not answer this'],
      ['should_have_answered', 'It should have answered otherwise: the text says something else']];
  place.replaceChildren(whyForm(turn, kept, answered));
  $('input', place).focus({ preventScroll: true });
  place.scrollIntoView({ block: 'nearest' });
}

function whyForm(turn, kept, verdicts) {
  const group = make('fieldset', '', make('legend', '', 'What was wrong?')), words = make('textarea'), thumb = $('[data-do=down]', turn);
  verdicts.forEach(([value, text], number) => {
    const choice = Object.assign(make('input'), { type: 'radio', name: `why-${kept.name}`, value, checked: number === 0 });
    group.append(make('label', 'opt', choice, text));
  });
  words.id = `right-${kept.name}`;
  words.placeholder = 'The answer, or the words of the text';
  const label = make('label', 'note', 'What would have been right? ', make('span', 'optional', '(optional)'));
  label.htmlFor = words.id;
  const save = make('button', 'btn main', 'Save');
  const row = make('div', 'last', save, button('btn', 'Cancel', () => { judge(turn, ''); thumb.focus(); }), make('small', '', 'Kept on this computer as a test case.'));
  const form = make('form', 'why', group, label, words, row);
  form.addEventListener('submit', async event => {
    event.preventDefault();
    const verdict = $('input:checked', group).value;
    const saved = await call('judge', { reply: kept.reply, verdict, words: words.value });
    if (saved) { form.replaceWith(make('p', 'quiet', 'Saved. Thank you.')); say('Saved. Thank you.'); thumb.focus(); }
  });
  return form;
}

const doing = {
  new: () => newChat(),
  all: () => { scope = { only: null, without: [] }; chose(); },
  none: () => { scope = { only: [], without: [] }; chose(); },
  copy: pressed => copy(pressed.closest('.turn'), pressed),
  again: pressed => again(pressed.closest('.turn')),
  up: pressed => judge(pressed.closest('.turn'), 'up'),
  down: pressed => judge(pressed.closest('.turn'), 'down'),
};

function clicked(event) {
  const link = event.target.closest('a[data-start]'), pressed = event.target.closest('button');
  if (link) { event.preventDefault(); openCitation(link); return; }
  if (!pressed) return;
  const { ask: question, document: source, at: place, outline, do: what, view: tab } = pressed.dataset;
  if (question !== undefined) ask(question);
  else if (source !== undefined) openDocument(source, place === undefined ? undefined : +place);
  else if (outline !== undefined) toggleOutline(pressed);
  else if (what) doing[what](pressed);
  else if (tab) view(tab);
}

function library() {
  if (innerWidth < 720) { view('library'); return; }
  unfold(true);
  $('#documents input, #documents button')?.focus();
}

function unfold(open) {
  desk.dataset.rail = open ? 'open' : 'folded';
  if (open && innerWidth < 1100) panel(false);
  $('.fold').setAttribute('aria-expanded', open);
}

function tabs(event) {
  if (!['ArrowLeft', 'ArrowRight'].includes(event.key)) return;
  const all = $$('#views [role=tab]'), now = all.indexOf(event.target);
  const next = all[(now + (event.key === 'ArrowRight' ? 1 : all.length - 1)) % all.length];
  next.focus();
  view(next.dataset.view);
}

function theme() {
  const dark = document.body.classList.toggle('dark');
  store(THEME, dark ? 'dark' : 'light');
}

function listen() {
  element.addEventListener('click', clicked);
  element.addEventListener('change', event => { if (event.target.dataset.choose !== undefined) choose(event.target.dataset.choose, event.target.checked); });
  $('#asking').addEventListener('submit', event => { event.preventDefault(); submit(); });
  $('#question').addEventListener('input', grow);
  $('#question').addEventListener('keydown', event => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); }
  });
  $('#stop').addEventListener('click', () => { stop(); $('#question').focus(); });
  $('#export').addEventListener('click', exportChat);
  $('#scope').addEventListener('click', library);
  $('#previous').addEventListener('click', () => step(-1));
  $('#next').addEventListener('click', () => step(1));
  $('.back').addEventListener('click', back);
  $('.close').addEventListener('click', () => { panel(false); back(); });
  $('.theme').addEventListener('click', theme);
  $('.fold').addEventListener('click', () => unfold(desk.dataset.rail !== 'open' || (innerWidth < 1100 && desk.dataset.source === 'open')));
  $('.source-button').addEventListener('click', () => panel(desk.dataset.source !== 'open'));
  $('#views').addEventListener('keydown', tabs);
  $('#find').addEventListener('input', find);
  $('#order').addEventListener('change', find);
  document.addEventListener('keydown', event => { if (event.key === 'Escape') hidePreview(); });
  window.addEventListener('storage', event => { if (event.key === CHATS) listChats(); });
  watch('value', () => heard(props.value));
}

function begin() {
  document.documentElement.lang = 'en';
  const kept = stored(THEME, null);
  if (kept) document.body.classList.toggle('dark', kept === 'dark');
  $('#reader').textContent = facts.reader;
  $('#start').innerHTML = facts.start;
  readScope();
  rows(facts.rows);
  $('#finding').hidden = facts.documents < 6;
  $('#choose').hidden = facts.documents < 2;
  listen();
  openChat(chats.open(sessionStorage.getItem(CURRENT) ?? stored(CURRENT, '')) ?? fresh());
}

begin();
