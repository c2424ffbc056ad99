// @ts-check

/**
 * Runs the WebAuthn ceremony of a form and sends its outcome with it.
 *
 * The form says what to do: `data-webauthn` is `get` or `create`, `data-options` the options as JSON, `data-text-…` the
 * words for what can happen. The library is a classic script before this one and leaves a global.
 *
 * @typedef {typeof import('@simplewebauthn/browser')} Library
 * @typedef {import('@simplewebauthn/browser').PublicKeyCredentialCreationOptionsJSON} CreationOptions
 * @typedef {import('@simplewebauthn/browser').PublicKeyCredentialRequestOptionsJSON} RequestOptions
 */

const library = /** @type {{ SimpleWebAuthnBrowser?: Library }} */ (globalThis)
  .SimpleWebAuthnBrowser

for (const form of document.querySelectorAll('form[data-webauthn]')) {
  if (form instanceof HTMLFormElement) prepare(form)
}

/** @param {HTMLFormElement} form */
function prepare(form) {
  const button = form.querySelector('[data-webauthn-start]')
  const response = form.elements.namedItem('webauthn_response')
  if (!(button instanceof HTMLButtonElement) || !(response instanceof HTMLInputElement)) return
  const browser = library
  if (!browser?.browserSupportsWebAuthn()) {
    say(form, 'unsupported')
    return
  }
  /** @param {unknown} result */
  const send = (result) => {
    // Two ceremonies can end at once, one by the button and one by the username's list; the first counts.
    if (response.value !== '') return
    say(form, undefined)
    response.value = JSON.stringify(result)
    form.requestSubmit(button)
  }

  let running = false
  form.addEventListener('submit', (event) => {
    // The outcome is there: this is the form on its way to the server.
    if (response.value !== '') return
    event.preventDefault()
    if (running) return
    running = true
    button.setAttribute('data-busy', '')
    say(form, 'waiting')
    run(browser, form, false)
      .then(send, (error) => say(form, outcome(error)))
      .finally(() => {
        running = false
        button.removeAttribute('data-busy')
      })
  })

  // Back to a page that the browser kept: an outcome is good for one request only.
  addEventListener('pageshow', () => {
    response.value = ''
  })

  button.disabled = false
  // The browser passed it over, as it was disabled then.
  if (button.autofocus && document.activeElement === document.body) button.focus()
  if (form.hasAttribute('data-autofill')) offerInUsernameList(browser, form, send)
}

/**
 * @param {Library} browser
 * @param {HTMLFormElement} form
 * @param {boolean} useBrowserAutofill
 * @returns {Promise<unknown>}
 */
async function run(browser, form, useBrowserAutofill) {
  /** @type {unknown} */
  const options = JSON.parse(form.dataset['options'] ?? 'null')
  return form.dataset['webauthn'] === 'create'
    ? browser.startRegistration({ optionsJSON: /** @type {CreationOptions} */ (options) })
    : browser.startAuthentication({
        optionsJSON: /** @type {RequestOptions} */ (options),
        useBrowserAutofill,
      })
}

/**
 * The browser lists passkeys below the username. Nobody pressed anything, so a failure says nothing; pressing the button
 * ends this offer.
 *
 * @param {Library} browser
 * @param {HTMLFormElement} form
 * @param {(result: unknown) => void} send
 */
function offerInUsernameList(browser, form, send) {
  browser
    .browserSupportsWebAuthnAutofill()
    .then((supported) => (supported ? run(browser, form, true).then(send) : undefined))
    .catch(() => undefined)
}

/**
 * WebAuthn level 3 §5.1.3, §5.1.4: one name covers refusal, absence and timeout, so that a page learns nothing of which.
 *
 * @param {unknown} error
 * @returns {string}
 */
function outcome(error) {
  switch (error instanceof Error ? error.name : undefined) {
    case 'NotAllowedError':
    case 'AbortError':
      return 'cancelled'
    case 'InvalidStateError':
      return 'already-enrolled'
    case 'NotSupportedError':
      return 'unsupported'
    default:
      return 'failed'
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {string | undefined} what Absent: nothing any more.
 */
function say(form, what) {
  const status = form.querySelector('[data-webauthn-status]')
  if (status) {
    status.textContent = what === undefined ? '' : (form.getAttribute(`data-text-${what}`) ?? '')
  }
}
