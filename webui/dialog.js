/** How a dialog opens, closes, and gives the focus back. */

const openers = new Map();

/** Let the buttons of a dialog close it. */
export function prepare(dialog) {
  for (const button of dialog.querySelectorAll('.close')) button.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => openers.get(dialog)?.focus());
}

export function open(dialog) {
  openers.set(dialog, document.activeElement);
  if (!dialog.open) dialog.showModal();
  dialog.querySelector('h2').focus();
}
