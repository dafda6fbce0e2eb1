using Toystore.Simulation.Worlds;

namespace Toystore.Simulation.Programs;

/// <summary>Runs the world of one seed, wholly on the calling thread.</summary>
internal delegate RunResult RunSeed(ulong seed, RunOptions options);
