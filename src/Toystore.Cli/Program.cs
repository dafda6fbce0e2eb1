using Toystore.Cli;
using Toystore.Cli.Serve;

var terminal = Terminal.OfProcess();
return await ToystoreCommandLine.RunAsync(args, terminal, (settings, cancellationToken) => NodeHost.RunAsync(settings, terminal.Error, cancellationToken));
