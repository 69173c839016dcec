// @ts-check
/** The event stream of one person. It reconnects and continues after the last event. */
import { runBetweenPresses } from "./press.js";

const KINDS = ["message", "edit", "delete", "chat", "action", "read", "people"];
const FIRST_WAIT_MS = 800;
const LONGEST_WAIT_MS = 6000;

export class Feed {
  /**
   * @param {(after: number | null) => string} url
   * @param {{onEvent: (kind: string, data: any) => void, onUp: () => void, onDown: () => void}} hooks
   */
  constructor(url, hooks) {
    this.url = url;
    this.hooks = hooks;
    /** @type {number | null} */
    this.after = null;
    /** @type {EventSource | null} */
    this.source = null;
    this.waitMs = FIRST_WAIT_MS;
    this.timer = 0;
    this.retryNow = () => this.reopen();
  }

  start() {
    addEventListener("online", this.retryNow);
    this.open();
  }

  stop() {
    removeEventListener("online", this.retryNow);
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  open() {
    const source = new EventSource(this.url(this.after));
    this.source = source;
    source.onopen = () => this.onOpen();
    source.onerror = () => this.onError(source);
    for (const kind of KINDS) source.addEventListener(kind, (event) => this.onEvent(kind, /** @type {MessageEvent} */ (event)));
  }

  onOpen() {
    this.hooks.onUp();
    this.waitMs = FIRST_WAIT_MS;
  }

  /** @param {EventSource} source */
  onError(source) {
    if (source !== this.source) return;
    source.close();
    this.hooks.onDown();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), this.waitMs);
    this.waitMs = Math.min(this.waitMs * 1.6, LONGEST_WAIT_MS);
  }

  reopen() {
    if (this.source?.readyState === EventSource.OPEN) return;
    clearTimeout(this.timer);
    this.source?.close();
    this.open();
  }

  /** @param {string} kind @param {MessageEvent} event */
  onEvent(kind, event) {
    const sequence = Number(event.lastEventId);
    if (event.lastEventId && Number.isFinite(sequence)) this.after = sequence;
    runBetweenPresses(() => { if (this.source) this.hooks.onEvent(kind, JSON.parse(event.data)); });
  }
}
