import { useEffect, useState } from 'react'

/** The screen, as the address names it. */
export function usePath(): readonly [path: string, open: (path: string) => void] {
  const [path, setPath] = useState(location.pathname)
  useEffect(() => {
    const follow = () => setPath(location.pathname)
    addEventListener('popstate', follow)
    return () => removeEventListener('popstate', follow)
  }, [])
  const open = (next: string) => {
    if (next === location.pathname) return
    history.pushState(null, '', next)
    setPath(next)
  }
  return [path, open]
}
