// Small helpers over the DOM. Everything from the outside goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children; children are nodes or text. */
export function el(name, attributes = {}, ...children) {
  return furnish(document.createElement(name), attributes, children);
}

/** The same for SVG. */
export function svg(name, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, name), attributes, children);
}

function furnish(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) set(node, name, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Sets an attribute if it differs; null takes it away. */
export function set(node, name, value) {
  if (value === null || value === undefined || value === false) node.removeAttribute(name);
  else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/** Sets a node's text if it differs, so that selections and screen readers are left alone. */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Shows or hides a node. */
export function show(node, isShown) {
  if (node.hidden === isShown) node.hidden = !isShown;
}

/** Says beside a box that more of it lies to the side, as long as there is no room for all of it. */
export function hintScroll(node) {
  const look = () => set(node, "data-clipped", node.scrollWidth > node.clientWidth + 1 ? "yes" : null);
  new ResizeObserver(look).observe(node);
  new MutationObserver(look).observe(node, { childList: true, subtree: true });
  return node;
}

/** Whether the window is as narrow as a phone's. */
export const narrow = matchMedia("(max-width: 36rem)");

export const byId = (id) => document.getElementById(id);

/**
 * Makes a parent's children fit items: nodes of known keys are kept and updated, moved only when the order changed.
 * What has the focus keeps it.
 */
export function reconcile(parent, items, key, make, update) {
  const focused = document.activeElement;
  const known = parent.kept ?? new Map();
  const kept = new Map();
  let place = parent.firstChild;
  for (const item of items) {
    const id = key(item);
    const node = known.get(id) ?? make(item);
    known.delete(id);
    kept.set(id, node);
    update(node, item);
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  }
  for (const node of known.values()) node.remove();
  parent.kept = kept;
  if (focused !== document.activeElement && focused?.isConnected) focused.focus({ preventScroll: true });
}
