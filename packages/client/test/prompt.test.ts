import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StepUpPrompt, StepUpQuestion } from '../src/browser.ts'
import { Bank, failureOf } from './bank.ts'

let bank: Bank

beforeEach(async () => {
  bank = await Bank.open()
  bank.api.guards.set('/details', { acr: ['mfa'] })
})
afterEach(() => bank.close())

/** A page that asks, and the questions it was given. */
function asking(when: 'always' | 'blocked', answer: (question: StepUpQuestion) => boolean) {
  const questions: StepUpQuestion[] = []
  const prompt: StepUpPrompt = {
    when,
    ask: (question) => {
      questions.push(question)
      return Promise.resolve(answer(question))
    },
  }
  return { prompt, questions }
}

/** The click that the browser wants to see. */
function click({ open }: StepUpQuestion): boolean {
  bank.browser.opensPopups = true
  open()
  return true
}

describe('a prompt before the popup', () => {
  it('that is for blocked popups is not shown where one opens', async () => {
    const { prompt, questions } = asking('blocked', click)
    const { client } = await bank.loggedIn({ prompt })
    expect((await client.fetch(bank.url('/details'))).status).toBe(200)
    expect(questions).toEqual([])
  })

  it('opens the popup with its click where the browser blocked the first', async () => {
    const { prompt, questions } = asking('blocked', click)
    const { client, events, window } = await bank.loggedIn({ prompt })
    const { length } = window.navigations
    bank.browser.opensPopups = false
    expect((await client.fetch(bank.url('/details'))).status).toBe(200)
    expect(questions.map(({ requirement }) => requirement)).toEqual([{ acrValues: ['mfa'] }])
    expect(window.navigations).toHaveLength(length)
    expect(events.map(({ type }) => type)).toContain('prompt')
  })

  it('that always asks does so before any popup of a challenged call, once for ten', async () => {
    const { prompt, questions } = asking('always', click)
    const { client } = await bank.loggedIn({ prompt })
    const open = bank.api.hold()
    const calls = Array.from({ length: 10 }, () => client.fetch(bank.url('/details')))
    open()
    expect((await Promise.all(calls)).every(({ ok }) => ok)).toBe(true)
    expect(questions).toHaveLength(1)
    expect(bank.browser.popups).toHaveLength(1)
  })

  it('does not stand in the way of `stepUp()` within a click', async () => {
    const { prompt, questions } = asking('always', click)
    const { client } = await bank.loggedIn({ prompt })
    await client.stepUp({ acr: 'mfa' })
    expect(questions).toEqual([])
  })

  it('that is turned down is `step_up_cancelled`, and the login stands', async () => {
    const { prompt } = asking('always', () => false)
    const { client } = await bank.loggedIn({ prompt })
    expect(await failureOf(client.fetch(bank.url('/details')))).toMatchObject({
      code: 'step_up_cancelled',
      required: { acrValues: ['mfa'] },
    })
    expect(client.session?.acr).toBe('basic')
    expect(bank.browser.popups).toHaveLength(0)
  })

  it('whose click opens no popup either is `popup_blocked` with `popup-only`', async () => {
    bank.browser.opensPopups = false
    const { prompt } = asking('blocked', ({ open }) => {
      open()
      return true
    })
    const { client } = await bank.loggedIn({ prompt, mode: 'popup-only' })
    expect(await failureOf(client.fetch(bank.url('/details')))).toMatchObject({
      code: 'popup_blocked',
    })
  })

  it('is taken back with the signal of the last caller', async () => {
    const abort = new AbortController()
    const prompt: StepUpPrompt = {
      when: 'always',
      ask: ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(false))
          abort.abort()
        }),
    }
    const { client } = await bank.loggedIn({ prompt })
    const { signal } = abort
    expect(await failureOf(client.fetch(bank.url('/details'), { signal }))).toMatchObject({
      name: 'AbortError',
    })
    expect(bank.browser.popups).toHaveLength(0)
  })
})
