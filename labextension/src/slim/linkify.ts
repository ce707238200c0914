/** Takes the place of ``linkify-it`` in the bundle: bare addresses are not made into links, so there is nothing to find. */

export default class Linkify {
  test(): boolean {
    return false;
  }
  pretest(): boolean {
    return false;
  }
  match(): null {
    return null;
  }
}
