import StokerCore

extension Journal: DeployJournal {}
