// @ts-check

/**
 * Small comforts; every form works without them.
 *
 * A form is sent once, however often its button is pressed: a second answer to one question would be refused and
 * counted as a failure.
 */
document.addEventListener('submit', (event) => {
  const form = event.target
  // A ceremony that is still running has stopped this one; it comes again by itself.
  if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return
  if (form.hasAttribute('data-sent')) {
    event.preventDefault()
    return
  }
  form.setAttribute('data-sent', '')
  // Marked, not disabled: a disabled button would not send its value.
  if (event.submitter) event.submitter.setAttribute('data-busy', '')
})

// Back to a page that the browser kept: its forms may be sent again.
addEventListener('pageshow', () => {
  for (const element of document.querySelectorAll('[data-sent], [data-busy]')) {
    element.removeAttribute('data-sent')
    element.removeAttribute('data-busy')
  }
})

// An answer on its way to a relying party. Back to this page, nothing is sent again: the button is there.
const atOnce = document.querySelector('form[data-submit-at-once]')
if (atOnce instanceof HTMLFormElement) atOnce.requestSubmit()

// The server knows no time zone; the browser does.
for (const time of document.querySelectorAll('time[data-local-time]')) {
  const at = new Date(/** @type {HTMLTimeElement} */ (time).dateTime)
  if (Number.isNaN(at.getTime())) continue
  const { lang } = document.documentElement
  time.textContent =
    time.getAttribute('data-local-time') === 'date'
      ? at.toLocaleString(lang, { dateStyle: 'medium', timeStyle: 'short' })
      : at.toLocaleTimeString(lang, { hour: '2-digit', minute: '2-digit' })
}
