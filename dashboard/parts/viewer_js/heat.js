// Heat: the heat map of the picture on the screen, asked for when it is first to be seen, and the word where it is not there.

const HEAT_MISSING = "The heat map could not be loaded. Switch the overlay off and on again to try once more.";

class Heat {
  constructor(viewer) {
    this.viewer = viewer;
    this.renewed = false;
    this.askAgain();
  }

  askAgain() {
    [this.asked, this.missing] = [null, null];
  }

  // The map, once it is there; a ticket is used once.
  get layer() {
    const { image } = this.viewer;
    const ready = STORE.ready("heat", image);
    if (!ready && this.asked !== image.ticket) this.ask(image);
    return ready;
  }

  ask(image) {
    this.asked = image.ticket;
    STORE.get(this.viewer.box.base, "heat", image).then(
      () => this.come(image),
      (problem) => this.viewer.isShown(image) && this.fail(image, problem),
    );
  }

  come({ key }) {
    this.renewed = false;
    if (this.missing === key) this.missing = null;
    this.viewer.refresh();
  }

  // A ticket that ran out is renewed once, without a word: the page's next run brings another, and with it another try.
  fail(image, problem) {
    if (RENEWABLE.includes(problem.kind) && !this.renewed) {
      this.renewed = true;
      this.viewer.box.ask("renew", Date.now());
      return;
    }
    this.missing = image.key;
    this.viewer.refresh();
  }

  get text() {
    const { image, overlayShown } = this.viewer;
    return overlayShown && image.has_heat && this.missing === image.key ? HEAT_MISSING : "";
  }
}
