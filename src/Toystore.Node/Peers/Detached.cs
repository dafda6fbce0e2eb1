namespace Toystore.Node.Peers;

/// <summary>
/// Starts a loop that outlives the request that happened to need it first: without that request's synchronization context, which may belong to a window of the host, and without its ambient values, which the loop would keep alive.
/// </summary>
internal static class Detached
{
    public static Task Start(Func<Task> loop)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
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
