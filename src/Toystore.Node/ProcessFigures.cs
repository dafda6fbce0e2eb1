namespace Toystore.Node;

/// <summary>What a process takes of its machine.</summary>
/// <param name="Id">The system's number for it.</param>
/// <param name="CpuSeconds">Processor time so far, in seconds.</param>
/// <param name="WorkingSetBytes">Memory it has.</param>
/// <param name="AllocatedBytes">What it has allocated so far.</param>
internal readonly record struct ProcessFigures(int Id, double CpuSeconds, long WorkingSetBytes, long AllocatedBytes)
{
    /// <summary>Those of this process, now.</summary>
    public static ProcessFigures OfThisProcess() => new(Environment.ProcessId, Environment.CpuUsage.TotalTime.TotalSeconds, Environment.WorkingSet, GC.GetTotalAllocatedBytes());
}
