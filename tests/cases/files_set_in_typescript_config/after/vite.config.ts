import { defineConfig } from 'vite'
import { visualizer } from 'rollup-plugin-visualizer'

export default defineConfig({
  server: { port: 3000, host: 'localhost' },
  plugins: [vue(), visualizer()],
  build: {
    sourcemap: true,
  },
} satisfies UserConfig)
