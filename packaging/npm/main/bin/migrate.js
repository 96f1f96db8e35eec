#!/usr/bin/env node
// Starts the program of the package for this machine, and ends as it ends.
"use strict";

const { spawn } = require("node:child_process");
const { version, optionalDependencies } = require("../package.json");

/** As `migrate` itself: the machine does not have what is needed, and nothing was written. */
const MACHINE = 4;

function refuse(message, help) {
  process.stderr.write(`error: ${message}\nhelp: ${help}\n`);
  process.exit(MACHINE);
}

function program() {
  const name = `settings-migrate-${process.platform}-${process.arch}`;
  if (!(name in optionalDependencies)) {
    refuse(
      `there is no package for ${process.platform} on ${process.arch}`,
      "build the program from its source: cargo install --locked settings-migrate",
    );
  }
  try {
    return require.resolve(`${name}/bin/migrate`);
  } catch {
    // npm leaves it out with --omit=optional, and where the lock file was made for another machine.
    return refuse(`the package \`${name}\` is missing, which holds the program`, `npm install ${name}@${version}`);
  }
}

const child = spawn(program(), process.argv.slice(2), { stdio: "inherit" });
// A terminal sends Ctrl-C to both; the child decides what was written, and this one waits for it.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => refuse(`the program does not start: ${error.message}`, `npm install --force settings-migrate@${version}`));
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
