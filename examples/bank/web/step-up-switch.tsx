import { changeStepUpMode, stepUpMode } from './bank-client.ts'

const modes = [
  { mode: 'popup', text: 'In a popup' },
  { mode: 'redirect', text: 'By redirect' },
] as const

/** Both ways lead to the same end; the demo lets everybody see each. */
export function StepUpSwitch() {
  const present = stepUpMode()
  return (
    <footer>
      <fieldset className="switch">
        <legend>Step up</legend>
        {modes.map(({ mode, text }) => (
          <label key={mode}>
            <input
              type="radio"
              name="step-up-mode"
              value={mode}
              checked={present === mode}
              onChange={() => changeStepUpMode(mode)}
            />
            {text}
          </label>
        ))}
      </fieldset>
    </footer>
  )
}
