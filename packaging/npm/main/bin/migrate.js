#!/usr/bin/env node
// Starts the program of the package for this machine, and ends as it ends.
"use strict";

const { spawn } = require("node:child_process");
const { isAbsolute, join, relative } = require("node:path");
const { version, optionalDependencies } = require("../package.json");

/** As `migrate` itself: the machine does not have what is needed, and nothing was written. */
const MACHINE = 4;

function refuse(message, help) {
  process.stderr.write(`error: ${message}\nhelp: ${help}\n`);
  process.exit(MACHINE);
}

/** How this package was installed: for the project that the shell stands in, or for everyone. */
function install(what) {
  const project = join(__dirname, "..", "..", "..");
  const inProject = relative(project, process.cwd());
  const globally = inProject.startsWith("..") || isAbsolute(inProject);
  return `npm install ${globally ? "-g " : ""}${what}`;
}

function refuseMusl() {
  refuse(
    "the packages for Linux need glibc, and this machine has another C library, as Alpine has musl",
    "build the program from its source: cargo install --locked settings-migrate",
  );
}

/** Whether the C library of this machine is another one than the packages for Linux are built for. */
function isMusl() {
  return process.platform === "linux" && !process.report.getReport().header.glibcVersionRuntime;
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
    if (isMusl()) refuseMusl();
    // npm leaves it out with --omit=optional, and where the lock file was made for another machine.
    return refuse(`the package \`${name}\` is missing, which holds the program`, install(`${name}@${version}`));
  }
}

const child = spawn(program(), process.argv.slice(2), { stdio: "inherit" });
// A terminal sends Ctrl-C to both; the child decides what was written, and this one waits for it.
process.on("SIGINT", () => {});
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  // The loader that it names is what is not there.
  if (error.code === "ENOENT" && isMusl()) refuseMusl();
  refuse(`the program does not start: ${error.message}`, install(`--force settings-migrate@${version}`));
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
