namespace Toystore.Node.Peers;

/// <summary>
/// Starts a loop that outlives the request that happened to need it first: in the context it belongs to instead of that request's, which may belong to a window of the host, and without its ambient values, which the loop
/// would keep alive.
/// </summary>
internal static class Detached
{
    /// <param name="loop">What to start.</param>
    /// <param name="home"><see cref="IPeerTransport.Home"/>.</param>
    public static Task Start(Func<Task> loop, SynchronizationContext? home)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(home);
        try
        {
            if (ExecutionContext.IsFlowSuppressed())
            {
                return loop();
            }

            using (ExecutionContext.SuppressFlow())
            {
                return loop();
            }
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }
}
