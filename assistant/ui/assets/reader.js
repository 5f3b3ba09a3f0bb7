// The source: a citation opens its passage, marked, in the middle, with the focus on it.
const desk = $('#desk');
let from = null, walk = [], at = 0, opening = 0;

function view(name) {
  desk.dataset.view = name;
  for (const tab of $$('#views [role=tab]')) {
    const on = tab.dataset.view === name;
    tab.setAttribute('aria-selected', on);
    tab.tabIndex = on ? 0 : -1;
  }
}

function panel(open) {
  desk.dataset.source = open ? 'open' : 'closed';
  $('.source-button').setAttribute('aria-expanded', open);
  if (!open) $$('.cite[aria-current]').forEach(chip => chip.removeAttribute('aria-current'));
}

const placeOf = link => ({ source: link.dataset.source, start: +link.dataset.start, end: +link.dataset.end, quote: link.dataset.quote });

// A link of an answer belongs to the row of its citations; what was only consulted stands alone.
async function openCitation(link) {
  const turn = link.closest('.turn'), number = +link.dataset.n;
  walk = number ? $$('.refs a.line', turn).filter(row => +row.dataset.n) : [link];
  at = number ? walk.findIndex(row => +row.dataset.n === number) : 0;
  from = link;
  await show(turn);
}

async function show(turn) {
  const link = walk[at], ticket = ++opening;
  const others = walk.filter(row => row.dataset.source === link.dataset.source).map(row => [+row.dataset.start, +row.dataset.end]);
  const found = await call('passage', { ...placeOf(link), others });
  if (!found || ticket !== opening) return;
  $$('.cite[aria-current]').forEach(chip => chip.removeAttribute('aria-current'));
  if (+link.dataset.n) $(`.cite[data-n="${+link.dataset.n}"]`, turn)?.setAttribute('aria-current', 'true');
  const facts = `${link.dataset.label}, characters ${link.dataset.start} to ${link.dataset.end}`;
  put(found, found.held ? facts : 'This passage has changed since the answer was given.', true);
  if (!found.held) $('#source').prepend(notice('This passage has changed since the answer was given.', 'Ask again', () => again(turn)));
  $('#walk').hidden = walk.length < 2;
  $('#of').textContent = `${at + 1} of ${walk.length}`;
  $('#previous').setAttribute('aria-disabled', at === 0);
  $('#next').setAttribute('aria-disabled', at === walk.length - 1);
  const hit = $('#hit');
  (hit ?? $('#source')).scrollIntoView({ block: 'center' });
  (hit ?? $('#source')).focus({ preventScroll: true });
}

function put(found, facts, cited) {
  hidePreview();
  $('#source').innerHTML = found.html;
  $('#source').scrollTop = 0;
  $('#source-title').textContent = found.title;
  $('#source-facts').textContent = facts;
  $('.back-row').hidden = !cited;
  $('#walk').hidden = true;
  panel(true);
  view('source');
}

async function openDocument(source, place) {
  const ticket = ++opening, found = await call('document', { source, at: place ?? 0 });
  if (!found || ticket !== opening) return;
  walk = [];
  $$('.cite[aria-current]').forEach(chip => chip.removeAttribute('aria-current'));
  put(found, source, false);
  const heading = place === undefined ? null : $(`#at-${place}`);
  heading?.scrollIntoView({ block: 'start' });
  $('#source').focus({ preventScroll: true });
}

function step(by) {
  if (!walk[at + by]) return;
  at += by;
  const turn = walk[at].closest('.turn');
  from = $(`.cite[data-n="${+walk[at].dataset.n}"]`, turn) ?? walk[at];
  show(turn);
}

function back() {
  view('chat');
  if (from?.isConnected) { from.scrollIntoView({ block: 'nearest' }); from.focus({ preventScroll: true }); }
  else $('#question').focus();
}

// The preview: what a number stands for, before the answer is left.
const preview = $('#preview');
let waiting = 0, previewed = null;

function showPreview(chip) {
  hidePreview();
  $('.t', preview).textContent = chip.dataset.title;
  $('.f', preview).textContent = chip.dataset.section;
  $('blockquote', preview).textContent = chip.dataset.quote.slice(0, 700);
  preview.hidden = false;
  previewed = chip;
  chip.setAttribute('aria-describedby', 'preview');
  const box = chip.getBoundingClientRect(), below = box.bottom + preview.offsetHeight + 12 < innerHeight;
  preview.style.left = `${Math.max(12, Math.min(box.left - 24, innerWidth - preview.offsetWidth - 12))}px`;
  preview.style.top = `${below ? box.bottom + 8 : Math.max(8, box.top - preview.offsetHeight - 8)}px`;
}

function hidePreview() {
  clearTimeout(waiting);
  preview.hidden = true;
  previewed?.removeAttribute('aria-describedby');
  previewed = null;
}

function nearChip(event) {
  const chip = event.target.closest?.('#chat a.cite');
  if (chip && event.pointerType !== 'touch') {
    clearTimeout(waiting);
    waiting = setTimeout(() => showPreview(chip), event.type === 'focusin' ? 0 : 120);
  }
}

function leftChip(event) {
  if (event.target.closest?.('#chat a.cite, #preview')) {
    clearTimeout(waiting);
    waiting = setTimeout(hidePreview, 150);
  }
}

element.addEventListener('pointerover', nearChip);
element.addEventListener('focusin', nearChip);
element.addEventListener('pointerout', leftChip);
element.addEventListener('focusout', leftChip);
preview.addEventListener('pointerenter', () => clearTimeout(waiting));
$('#chat').addEventListener('scroll', hidePreview, { passive: true });
