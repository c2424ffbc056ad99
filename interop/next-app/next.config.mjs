/** @type {import('next').NextConfig} */
export default { serverExternalPackages: ['@newel/client'] }
