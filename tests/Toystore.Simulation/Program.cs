using Toystore.Simulation.Mutations;
using Toystore.Simulation.Programs;
using Toystore.Simulation.Worlds;

using var unobserved = new UnobservedTasks();
var terminal = Terminal.OfProcess();
var actions = new ProgramActions(
    SimulationRun.Run,
    () => IdleMeasure.Run(TimeSpan.FromHours(1), TimeProvider.System),
    (options, cancellationToken) => new MutationCampaign(terminal.Output).RunAsync(options, seed => SimulationRun.Run(seed), cancellationToken));
return unobserved.Conclude(await new SimulationCommandLine(terminal, actions).RunAsync(args), terminal.Error);
