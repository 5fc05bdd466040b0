import { createConnection, createServer } from 'node:net'

/** A port of 127.0.0.1 that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject()))
    })
  })
}

/** Whether somebody answers there within ten seconds. */
export async function answers(port: number): Promise<boolean> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (await connects(port)) return true
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  return false
}

function connects(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection({ host: '127.0.0.1', port })
    socket.on('error', () => resolve(false))
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
