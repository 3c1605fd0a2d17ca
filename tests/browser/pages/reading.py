"""What a person reads on a page, and what keeps them from reading it."""

from __future__ import annotations

from tests.browser.conftest import Window
from tests.served import ROOT

SHOWN = """
  const letters = (node, from, to) => {
    const range = document.createRange()
    range.setStart(node, from)
    range.setEnd(node, to)
    return range.getBoundingClientRect()
  }
  /** Visible texts, without those for screen readers only. */
  const shown = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const nodes = []
    while (walker.nextNode()) {
      const node = walker.currentNode, parent = node.parentElement
      if (!node.data.trim() || parent.closest('script, style, svg, .skip')) continue
      if (!parent.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue
      let hidden = false
      for (let one = parent; one; one = one.parentElement) hidden ||= getComputedStyle(one).clipPath !== 'none'
      if (!hidden) nodes.push(node)
    }
    return nodes
  }
"""
GLUED = f"""() => {{
  {SHOWN}
  const nodes = shown(), found = []
  nodes.forEach((node, index) => {{
    const next = nodes[index + 1]
    if (!next || !/[\\p{{L}}\\p{{N}}]$/u.test(node.data) || !/^[\\p{{L}}\\p{{N}}]/u.test(next.data)) return
    const a = letters(node, node.length - 1, node.length), b = letters(next, 0, 1)
    const sameLine = a.bottom > b.top + b.height / 2 && b.bottom > a.top + a.height / 2
    if (sameLine && Math.abs(b.left - a.right) < 1) found.push(`${{node.data}}|${{next.data}}`)
  }})
  return found
}}"""
CUT = f"""() => {{
  {SHOWN}
  const boxes = shown().map((node) => [node.data.trim(), letters(node, 0, node.length), node.parentElement])
  for (const one of document.querySelectorAll('button, input, a[href]:not(.skip)'))
    if (one.checkVisibility({{ visibilityProperty: true, opacityProperty: true }}))
      boxes.push([one.ariaLabel ?? one.textContent.trim(), one.getBoundingClientRect(), one.parentElement])
  const root = document.documentElement, found = []
  for (const [name, box, parent] of boxes) {{
    for (let one = parent; one; one = one.parentElement) {{
      const style = getComputedStyle(one)
      if (style.textOverflow === 'ellipsis' || /auto|scroll/.test(style.overflowX)) break
      const edge = one === root ? {{ left: 0, right: root.clientWidth }} : one.getBoundingClientRect()
      const cuts = one === root || style.overflowX !== 'visible'
      if (cuts && (box.left < edge.left - 1 || box.right > edge.right + 1)) {{
        found.push(`${{name}} in ${{one.nodeName}}.${{one.className}}`)
        break
      }}
    }}
  }}
  return found
}}"""
SIDEWAYS = """() => [document.documentElement, ...document.querySelectorAll('main, dialog[open] .content')]
  .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.nodeName)"""
TEXTS = f"""() => {{
  {SHOWN}
  const named = [...document.querySelectorAll('body [aria-label], body [alt], body [title], body [placeholder]')]
  const attributes = ['aria-label', 'alt', 'title', 'placeholder']
  const names = named.flatMap((one) => attributes.map((name) => one.getAttribute(name)))
  const all = [...document.title.split(' · '), ...shown().map((node) => node.data), ...names]
  return all.map((text) => text?.trim()).filter(Boolean)
}}"""
CATALOGUE = """async (name) => {
  const flat = (value) => typeof value === 'string' ? [value] : Object.values(Object(value)).flatMap(flat)
  return flat({ ...(await import(name)) })
}"""


def glued(window: Window) -> list[str]:
    """Words with neither a space nor a gap between them, as `one|other`."""
    found: list[str] = window.page.evaluate(GLUED)
    return found


def cut(window: Window) -> list[str]:
    """Texts and controls of which a part is beyond the window or the edge of a box, and what scrolls sideways."""
    found: list[str] = window.page.evaluate(CUT) + window.page.evaluate(SIDEWAYS)
    return found


def texts(window: Window) -> list[str]:
    """The title, every visible text, and every label."""
    found: list[str] = window.page.evaluate(TEXTS)
    return found


def catalogue(window: Window, language: str) -> set[str]:
    """The client's fixed texts in a language, as it was built."""
    [path] = (ROOT / "static" / "dist" / "assets").glob(f"{language}-*.js")
    return set(window.page.evaluate(CATALOGUE, f"/assets/{path.name}"))
