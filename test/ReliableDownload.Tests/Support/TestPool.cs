using System.Runtime.CompilerServices;

namespace ReliableDownload.Tests.Support;

/// <summary>Servers in this process answer while tests hold threads of the pool: with one for each processor it gets another only now and then.</summary>
internal static class TestPool
{
    // As many as rd-api itself has. In the project's file the number would be fixed, and rd-api could not add any.
    private const int Fewest = 32;

    [ModuleInitializer]
    internal static void Allow() => ThreadPool.SetMinThreads(Fewest, Fewest);
}
