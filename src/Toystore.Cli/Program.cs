using Toystore.Cli;

return await ToystoreCommandLine.RunAsync(args, Terminal.OfProcess());
