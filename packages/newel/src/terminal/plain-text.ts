/** For a terminal: what other people typed must not move the cursor or turn the text around. */
export function plainText(text: string): string {
  return text.replaceAll(/\p{C}/gu, '�')
}

/** Columns set apart by two spaces, without trailing ones. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<readonly number[]>(
    (widest, row) => row.map((cell, column) => Math.max(widest[column] ?? 0, cell.length)),
    [],
  )
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
